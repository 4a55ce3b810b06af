/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One runtime in a process. There may be two: libmutray.a in the program and libmutray.so, which a module brings along
 * or `mutray run` preloads. Both would write files of one name and count on their own. Each therefore carries a note
 * (ELF's own means for such marks, which needs no symbol that the program may not export), and only the first in the
 * dynamic loader's list, where the program itself stands first, works; the others stay passive, and what is attached to
 * them runs plain.
 */
#include "instance.h"

#include <link.h>
#include <stdint.h>

#include "../record/notes.h"

/* Sizes of name and content, type; the name, padded; the content. */
__asm__(".pushsection .note.mutray, \"a\", %note\n"
        ".balign 4\n"
        ".long 7, 4, 1\n"
        ".asciz \"mutray\"\n"
        ".balign 4\n"
        ".long 1\n"
        ".popsection\n");

/* Stops at the first object with a note of ours: 1 if this code is part of it, else 2. */
static int look_at(struct dl_phdr_info *object, size_t size, void *unused)
{
    bool found = false, is_this = false;
    size_t note_size;
    (void)size, (void)unused;
    for (int i = 0; i < object->dlpi_phnum; i++) {
        const ElfW(Phdr) *segment = &object->dlpi_phdr[i];
        uintptr_t start = object->dlpi_addr + segment->p_vaddr;
        if (segment->p_type == PT_NOTE)
            found |= mutray__note_find((const void *)start, segment->p_memsz, "mutray", 1, &note_size) != NULL;
        if (segment->p_type == PT_LOAD)
            is_this |= (uintptr_t)look_at - start < segment->p_memsz;
    }
    return !found ? 0 : is_this ? 1 : 2;
}

bool mutray__instance_is_first(void)
{
    return dl_iterate_phdr(look_at, NULL) != 2;
}

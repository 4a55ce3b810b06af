/* SPDX-License-Identifier: Apache-2.0 */
/* ELF notes: small named records that a program or library carries, which stay in memory and survive stripping. */
#ifndef MUTRAY_NOTES_H
#define MUTRAY_NOTES_H

#include <elf.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* The content of the first note of that name and type in a block of notes, in memory or from a file; null if none. */
static inline const unsigned char *mutray__note_find(const void *notes, size_t size, const char *name, uint32_t type,
                                                     size_t *ret_size)
{
    const unsigned char *next = notes;
    Elf64_Nhdr note; /* the same in both classes */
    while (size >= sizeof note) {
        memcpy(&note, next, sizeof note);
        size_t padded = ((size_t)note.n_namesz + 3) & ~(size_t)3, content = ((size_t)note.n_descsz + 3) & ~(size_t)3;
        if (padded > size - sizeof note || content > size - sizeof note - padded)
            return NULL;
        if (note.n_type == type && note.n_namesz == strlen(name) + 1 &&
            memcmp(next + sizeof note, name, note.n_namesz) == 0) {
            *ret_size = note.n_descsz;
            return next + sizeof note + padded;
        }
        next += sizeof note + padded + content;
        size -= sizeof note + padded + content;
    }
    return NULL;
}

#endif

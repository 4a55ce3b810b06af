/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Just enough ELF to know whether a program brings the runtime with it: it needs libmutray.so, or it defines
 * mutray__attach. Files of the other word size are "not ELF": nothing of ours could be in them. Every offset in the
 * file is checked before it is followed.
 */
#include "base/elf_file.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

struct image {
    const uint8_t *bytes;
    size_t size;
};

/* `count` things of `size` bytes at `offset`, or null if they are not all inside the file. */
static const void *at(const struct image *image, uint64_t offset, uint64_t count, size_t size)
{
    uint64_t length, end;
    if (__builtin_mul_overflow(count, size, &length) || __builtin_add_overflow(offset, length, &end)) return NULL;
    bool aligned = size == 1 || offset % _Alignof(uint64_t) == 0;
    return end <= image->size && aligned ? image->bytes + offset : NULL;
}

static const char *text_at(const struct image *image, const ElfW(Shdr) * strings, uint64_t offset)
{
    const char *table = at(image, strings->sh_offset, strings->sh_size, 1);
    if (table == NULL || offset >= strings->sh_size) return "";
    return memchr(table + offset, '\0', strings->sh_size - offset) != NULL ? table + offset : "";
}

static bool needs_runtime(const struct image *image, const ElfW(Shdr) * section, const ElfW(Shdr) * strings)
{
    size_t count = section->sh_size / sizeof(ElfW(Dyn));
    const ElfW(Dyn) *entries = at(image, section->sh_offset, count, sizeof *entries);
    for (size_t i = 0; entries != NULL && i < count; i++) {
        if (entries[i].d_tag != DT_NEEDED) continue;
        if (strncmp(text_at(image, strings, entries[i].d_un.d_val), "libmutray.so", 12) == 0) return true;
    }
    return false;
}

static bool defines_runtime(const struct image *image, const ElfW(Shdr) * section, const ElfW(Shdr) * strings)
{
    size_t count = section->sh_size / sizeof(ElfW(Sym));
    const ElfW(Sym) *symbols = at(image, section->sh_offset, count, sizeof *symbols);
    for (size_t i = 0; symbols != NULL && i < count; i++) {
        if (symbols[i].st_shndx == SHN_UNDEF) continue;
        if (strcmp(text_at(image, strings, symbols[i].st_name), "mutray__attach") == 0) return true;
    }
    return false;
}

static void read_image(const struct image *image, struct mutray_elf *elf)
{
    const ElfW(Ehdr) *header = at(image, 0, 1, sizeof *header);
    if (header == NULL || memcmp(header->e_ident, ELFMAG, SELFMAG) != 0) return;
    if (header->e_ident[EI_CLASS] != (sizeof(void *) == 8 ? ELFCLASS64 : ELFCLASS32)) return;
    elf->is_elf = true;
    const ElfW(Phdr) *segments = at(image, header->e_phoff, header->e_phnum, sizeof *segments);
    for (size_t i = 0; segments != NULL && i < header->e_phnum; i++) elf->is_dynamic |= segments[i].p_type == PT_INTERP;
    const ElfW(Shdr) *sections = at(image, header->e_shoff, header->e_shnum, sizeof *sections);
    for (size_t i = 0; sections != NULL && i < header->e_shnum; i++) {
        if (sections[i].sh_link >= header->e_shnum) continue;
        const ElfW(Shdr) *strings = &sections[sections[i].sh_link];
        if (sections[i].sh_type == SHT_DYNAMIC) elf->has_runtime |= needs_runtime(image, &sections[i], strings);
        if (sections[i].sh_type == SHT_SYMTAB || sections[i].sh_type == SHT_DYNSYM) {
            elf->has_runtime |= defines_runtime(image, &sections[i], strings);
        }
    }
}

int mutray_elf_read(const char *path, struct mutray_elf *ret_elf)
{
    int result = 0;
    struct stat status;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return -errno;
    *ret_elf = (struct mutray_elf){0};
    if (fstat(fd, &status) < 0) {
        result = -errno;
        goto out;
    }
    ret_elf->is_setid = (status.st_mode & (S_ISUID | S_ISGID)) != 0;
    if (!S_ISREG(status.st_mode) || status.st_size < (off_t)sizeof(ElfW(Ehdr))) goto out;
    struct image image = {.size = (size_t)status.st_size};
    void *map = mmap(NULL, image.size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (map == MAP_FAILED) {
        result = -errno;
        goto out;
    }
    image.bytes = map;
    read_image(&image, ret_elf);
    munmap(map, image.size);
out:
    close(fd);
    return result;
}

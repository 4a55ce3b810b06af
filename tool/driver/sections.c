/* SPDX-License-Identifier: Apache-2.0 */
/* Sections of object code: see sections.h. Every offset that the file gives is checked against the file's size. */
#include "sections.h"

#include "base/say.h"
#include "words.h"

#include <ar.h>
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

struct search {
    const char *name; /* of the section */
    sections_found *found;
    void *context;
    unsigned depth; /* of thin archives in thin archives */
};

#define DEEPEST 8 /* ar makes one level; a file that names itself has no end */

static int search_file(const struct search *search, const char *path);

/* An ELF file in memory, with what decides how its numbers are read. */
struct elf {
    const unsigned char *at;
    size_t size;
    bool wide, big; /* 64 bits, big-endian */
};

struct section {
    uint64_t name, offset, size;
};

static uint64_t number(const struct elf *elf, uint64_t offset, unsigned bytes)
{
    uint64_t value = 0;
    if (offset > elf->size || bytes > elf->size - offset) return 0;
    for (unsigned i = 0; i < bytes; i++)
        value |= (uint64_t)elf->at[offset + i] << 8 * (elf->big ? bytes - 1 - i : i);
    return value;
}

/* A member of a structure that exists for 32 and 64 bits, at `base`. */
#define FIELD(elf, type, member, base)                                                                                 \
    ((elf)->wide ? number(elf, (base) + offsetof(Elf64_##type, member), sizeof((Elf64_##type *)0)->member)             \
                 : number(elf, (base) + offsetof(Elf32_##type, member), sizeof((Elf32_##type *)0)->member))

/* False if the section's bytes are not all inside the file. */
static bool read_section(const struct elf *elf, uint64_t header, struct section *ret_section)
{
    *ret_section = (struct section){FIELD(elf, Shdr, sh_name, header), FIELD(elf, Shdr, sh_offset, header),
                                    FIELD(elf, Shdr, sh_size, header)};
    return ret_section->offset <= elf->size && ret_section->size <= elf->size - ret_section->offset;
}

static bool is_called(const struct elf *elf, const struct section *names, uint64_t name, const char *wanted)
{
    size_t size = strlen(wanted) + 1;
    return name <= names->size && size <= names->size - name &&
           memcmp(elf->at + names->offset + name, wanted, size) == 0;
}

static int search_elf(const struct search *search, const char *member, const unsigned char *at, size_t size)
{
    struct elf elf = {at, size, .wide = at[EI_CLASS] == ELFCLASS64, .big = at[EI_DATA] == ELFDATA2MSB};
    uint64_t headers = FIELD(&elf, Ehdr, e_shoff, 0), stride = FIELD(&elf, Ehdr, e_shentsize, 0);
    uint64_t count = FIELD(&elf, Ehdr, e_shnum, 0), names_at = FIELD(&elf, Ehdr, e_shstrndx, 0);
    uint64_t least = elf.wide ? sizeof(Elf64_Shdr) : sizeof(Elf32_Shdr);
    struct section names, section;

    if (headers == 0) return 0; /* an executable without section headers is a proper one */
    if (stride < least || headers > size || size - headers < least) return -EBADMSG;
    /* Numbers too big for their fields are in the first section header. */
    if (count == 0) count = FIELD(&elf, Shdr, sh_size, headers);
    if (names_at == SHN_XINDEX) names_at = FIELD(&elf, Shdr, sh_link, headers);
    if (count > (size - headers) / stride || names_at >= count) return -EBADMSG;
    if (!read_section(&elf, headers + names_at * stride, &names)) return -EBADMSG;

    for (uint64_t i = 0; i < count; i++) {
        bool inside = read_section(&elf, headers + i * stride, &section);
        if (!is_called(&elf, &names, section.name, search->name)) continue;
        if (!inside) return -EBADMSG;
        search->found(search->context, member, at + section.offset, section.size);
    }
    return 0;
}

static bool is_elf(const unsigned char *at, size_t size)
{
    return size >= sizeof(Elf32_Ehdr) && memcmp(at, ELFMAG, SELFMAG) == 0;
}

/* The name of a member: in its header, or (`/123`) in the archive's table of long names. */
static char *member_name(const struct ar_hdr *header, const char *table, size_t table_size)
{
    if (header->ar_name[0] == '/' && header->ar_name[1] >= '0' && header->ar_name[1] <= '9') {
        size_t at = strtoul(header->ar_name + 1, NULL, 10);
        if (at >= table_size) return NULL;
        const char *end = memchr(table + at, '\n', table_size - at);
        size_t size = end != NULL ? (size_t)(end - table) - at : table_size - at;
        if (size != 0 && table[at + size - 1] == '/') size--;
        return mutray_format("%.*s", (int)size, table + at);
    }
    size_t size = strnlen(header->ar_name, sizeof header->ar_name);
    while (size != 0 && (header->ar_name[size - 1] == ' ' || header->ar_name[size - 1] == '/'))
        size--;
    return mutray_format("%.*s", (int)size, header->ar_name);
}

/* A thin archive holds the paths of its members, relative to itself. */
static int search_beside(const struct search *search, const char *archive, const char *member)
{
    const char *slash = strrchr(archive, '/');
    bool beside = slash != NULL && member[0] != '/';
    struct search inner = *search;
    if (++inner.depth > DEEPEST) return -EBADMSG;
    char *path = beside ? mutray_format("%.*s/%s", (int)(slash - archive), archive, member) : mutray_strdup(member);
    int error = search_file(&inner, path);
    free(path);
    return error == -ENOEXEC ? 0 : error;
}

static int search_archive(const struct search *search, const char *path, const unsigned char *at, size_t size,
                          bool thin)
{
    const char *table = NULL;
    size_t table_size = 0;
    int error = 0;

    for (size_t next = SARMAG; !error && next + sizeof(struct ar_hdr) <= size;) {
        const struct ar_hdr *header = (const struct ar_hdr *)(at + next);
        size_t start = next + sizeof *header, length = strtoul(header->ar_size, NULL, 10);
        bool is_index = header->ar_name[0] == '/' && (header->ar_name[1] == ' ' || header->ar_name[1] == 'S');
        bool is_table = header->ar_name[0] == '/' && header->ar_name[1] == '/';
        bool stored = !thin || is_index || is_table;

        if (memcmp(header->ar_fmag, ARFMAG, sizeof header->ar_fmag) != 0) return -EBADMSG;
        if (stored && length > size - start) return -EBADMSG;
        if (is_table) {
            table = (const char *)at + start;
            table_size = length;
        } else if (!is_index) {
            char *name = member_name(header, table, table_size);
            if (name == NULL) return -EBADMSG;
            if (thin)
                error = search_beside(search, path, name);
            else if (is_elf(at + start, length))
                error = search_elf(search, name, at + start, length);
            free(name);
        }
        next = stored ? start + length + length % 2 : start;
    }
    return error;
}

static int search_bytes(const struct search *search, const char *path, const unsigned char *at, size_t size)
{
    if (is_elf(at, size)) return search_elf(search, NULL, at, size);
    if (size < SARMAG) return -ENOEXEC;
    if (memcmp(at, ARMAG, SARMAG) == 0) return search_archive(search, path, at, size, false);
    if (memcmp(at, "!<thin>\n", SARMAG) == 0) return search_archive(search, path, at, size, true);
    return -ENOEXEC;
}

static int search_file(const struct search *search, const char *path)
{
    struct stat about;
    int error, fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

    if (fd < 0) return -errno;
    if (fstat(fd, &about) < 0)
        error = -errno;
    else if (!S_ISREG(about.st_mode) || about.st_size == 0)
        error = -ENOEXEC;
    else {
        void *bytes = mmap(NULL, (size_t)about.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
        error = bytes == MAP_FAILED ? -errno : search_bytes(search, path, bytes, (size_t)about.st_size);
        if (bytes != MAP_FAILED) munmap(bytes, (size_t)about.st_size);
    }
    close(fd);
    return error;
}

int sections_each(const char *path, const char *name, sections_found *found, void *context)
{
    struct search search = {name, found, context, 0};
    return search_file(&search, path);
}

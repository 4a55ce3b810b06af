/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading symbols from an ELF file, with pread() and never through a mapping: a file that shrinks while it is read is
 * then an error and not a SIGBUS. Nothing in the file is trusted: every offset, size and index is checked before use.
 *
 * Functions of .symtab and .dynsym are copied into an array sorted by address, with their names in one block. Most are
 * never asked for, so sorting them must cost little: by digits, 10 instructions a function and digit, and a megabyte of
 * code has two. (qsort, with a comparison that also looked at names, took 450 a function.) Where several names share
 * an address, the one people know it by is told: it has the fewest underscores in front.
 */
#include "symbols.h"

#include "../record/notes.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A program with larger symbol tables than this is known by address and build-id only. */
#define LARGEST_SECTION ((size_t)256 << 20)

/* Hand-written assembly often has no sizes: it reaches to the next symbol, but no further than this. */
#define UNSIZED_REACH 4096

/* What addresses are sorted by. */
#define DIGIT_BITS 11
#define DIGIT_VALUES (1u << DIGIT_BITS)

struct symbol {
    uintptr_t address;
    uint32_t size;
    uint32_t name; /* offset into names */
};

struct mutray__symbols {
    struct symbol *sorted;
    size_t count;
    char *names;
    size_t names_size;
};

struct elf_file {
    int fd;
    off_t size;
    ElfW(Ehdr) header;
    ElfW(Shdr) *sections;
};

/* All of a range of the file, or -EIO: what the headers promise must be there. */
static int read_range(const struct elf_file *file, uint64_t offset, size_t size, void *bytes)
{
    char *next = bytes;
    if (offset > (uint64_t)file->size || size > (uint64_t)file->size - offset)
        return -EIO;
    while (size > 0) {
        ssize_t got = pread(file->fd, next, size, (off_t)offset);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return got < 0 ? -errno : -EIO;
        next += got;
        offset += (uint64_t)got;
        size -= (size_t)got;
    }
    return 0;
}

/* A copy of a section, one zero byte longer. Null if it is empty, absurd or cannot be read. */
static char *read_section(const struct elf_file *file, const ElfW(Shdr) *section)
{
    if (section->sh_type == SHT_NOBITS || section->sh_size == 0 || section->sh_size > LARGEST_SECTION)
        return NULL;
    char *bytes = malloc(section->sh_size + 1);
    if (bytes != NULL && read_range(file, section->sh_offset, section->sh_size, bytes) < 0) {
        free(bytes);
        return NULL;
    }
    if (bytes != NULL)
        bytes[section->sh_size] = '\0';
    return bytes;
}

static void close_file(struct elf_file *file)
{
    free(file->sections);
    if (file->fd >= 0)
        close(file->fd);
}

static int open_file(const char *path, struct elf_file *ret)
{
    struct stat status;
    ret->sections = NULL;
    ret->fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (ret->fd < 0)
        return -errno;
    int error = fstat(ret->fd, &status) < 0 ? -errno : S_ISREG(status.st_mode) ? 0 : -EINVAL;
    ret->size = error < 0 ? 0 : status.st_size;
    if (error == 0)
        error = read_range(ret, 0, sizeof ret->header, &ret->header);
    const ElfW(Ehdr) *header = &ret->header;
    if (error == 0 && (memcmp(header->e_ident, ELFMAG, SELFMAG) != 0 ||
                       header->e_ident[EI_CLASS] != (sizeof(void *) == 8 ? ELFCLASS64 : ELFCLASS32) ||
                       header->e_shentsize != sizeof(ElfW(Shdr)) || header->e_shnum == 0))
        error = -EINVAL;
    if (error == 0) {
        size_t size = (size_t)header->e_shnum * sizeof(ElfW(Shdr));
        ret->sections = malloc(size);
        error = ret->sections == NULL ? -ENOMEM : read_range(ret, header->e_shoff, size, ret->sections);
    }
    if (error < 0)
        close_file(ret);
    return error;
}

const unsigned char *mutray__build_id(const void *notes, size_t size, size_t *ret_size)
{
    return mutray__note_find(notes, size, "GNU", NT_GNU_BUILD_ID, ret_size);
}

/* A file without a build-id cannot be told from another one: believed only if the module has none either. */
static bool same_build(const struct elf_file *file, const unsigned char *build_id, size_t size)
{
    for (unsigned i = 0; i < file->header.e_shnum; i++) {
        if (file->sections[i].sh_type != SHT_NOTE)
            continue;
        size_t found_size = 0;
        char *notes = read_section(file, &file->sections[i]);
        const unsigned char *found =
            notes == NULL ? NULL : mutray__build_id(notes, file->sections[i].sh_size, &found_size);
        bool decided = found != NULL, same = decided && found_size == size && memcmp(found, build_id, size) == 0;
        free(notes);
        if (decided)
            return same;
    }
    return size == 0;
}

static bool is_function(const ElfW(Sym) *symbol, size_t names_size)
{
    unsigned type = ELF64_ST_TYPE(symbol->st_info); /* the same in both classes */
    return (type == STT_FUNC || type == STT_GNU_IFUNC) && symbol->st_shndx != SHN_UNDEF &&
           symbol->st_name < names_size && symbol->st_value != 0;
}

/* Appends the functions of one symbol table, whose names begin at `names`. */
static void add_symbols(struct mutray__symbols *symbols, const ElfW(Sym) *table, size_t count, size_t names)
{
    size_t names_size = symbols->names_size - names - 1;
    for (size_t i = 0; i < count; i++)
        if (is_function(&table[i], names_size))
            symbols->sorted[symbols->count++] = (struct symbol){
                .address = table[i].st_value,
                .size = table[i].st_size > UINT32_MAX ? UINT32_MAX : (uint32_t)table[i].st_size,
                .name = (uint32_t)(names + table[i].st_name),
            };
}

/* Appends the names of a string table, and a zero. What cannot be read is as if it were not there. */
static int add_names(struct mutray__symbols *symbols, const struct elf_file *file, const ElfW(Shdr) *strings)
{
    if (strings->sh_type == SHT_NOBITS || strings->sh_size == 0 ||
        strings->sh_size > LARGEST_SECTION - symbols->names_size)
        return -ENOENT;
    char *grown = realloc(symbols->names, symbols->names_size + strings->sh_size + 1);
    if (grown == NULL)
        return -ENOMEM;
    symbols->names = grown;
    if (read_range(file, strings->sh_offset, strings->sh_size, grown + symbols->names_size) < 0)
        return -ENOENT;
    symbols->names_size += strings->sh_size + 1;
    grown[symbols->names_size - 1] = '\0';
    return 0;
}

static int add_table(struct mutray__symbols *symbols, const struct elf_file *file, const ElfW(Shdr) *section)
{
    size_t names = symbols->names_size, count = section->sh_size / sizeof(ElfW(Sym));
    if (section->sh_link >= file->header.e_shnum || section->sh_entsize != sizeof(ElfW(Sym)))
        return 0;
    char *table = read_section(file, section);
    if (table == NULL)
        return 0;
    int error = add_names(symbols, file, &file->sections[section->sh_link]);
    if (error == 0) {
        struct symbol *grown = realloc(symbols->sorted, (symbols->count + count) * sizeof *grown);
        error = grown == NULL ? -ENOMEM : 0;
        symbols->sorted = grown != NULL ? grown : symbols->sorted;
    }
    if (error == 0)
        add_symbols(symbols, (const ElfW(Sym) *)table, count, names);
    free(table);
    return error == -ENOENT ? 0 : error;
}

/* Sorts by one digit of the address, counted from `lowest`, and leaves equal ones in their order. */
static void sort_by_digit(const struct symbol *from, struct symbol *to, size_t count, uintptr_t lowest, unsigned shift)
{
    uint32_t starts[DIGIT_VALUES + 1] = {0};
    for (size_t i = 0; i < count; i++)
        starts[((from[i].address - lowest) >> shift) % DIGIT_VALUES + 1]++;
    for (size_t i = 1; i < DIGIT_VALUES; i++)
        starts[i] += starts[i - 1];
    for (size_t i = 0; i < count; i++)
        to[starts[((from[i].address - lowest) >> shift) % DIGIT_VALUES]++] = from[i];
}

static int sort(struct mutray__symbols *symbols)
{
    size_t count = symbols->count;
    uintptr_t lowest = UINTPTR_MAX, highest = 0;
    struct symbol *other = malloc(count * sizeof *other);
    if (other == NULL)
        return -ENOMEM;
    for (size_t i = 0; i < count; i++) {
        lowest = symbols->sorted[i].address < lowest ? symbols->sorted[i].address : lowest;
        highest = symbols->sorted[i].address > highest ? symbols->sorted[i].address : highest;
    }
    for (unsigned shift = 0; shift < 8 * sizeof lowest && (highest - lowest) >> shift != 0; shift += DIGIT_BITS) {
        sort_by_digit(symbols->sorted, other, count, lowest, shift);
        struct symbol *sorted = other;
        other = symbols->sorted;
        symbols->sorted = sorted;
    }
    free(other);
    struct symbol *shrunk = realloc(symbols->sorted, count * sizeof *shrunk);
    symbols->sorted = shrunk != NULL ? shrunk : symbols->sorted;
    return 0;
}

int mutray__symbols_open(const char *path, const unsigned char *build_id, size_t build_id_size,
                         struct mutray__symbols **ret)
{
    struct elf_file file;
    int error = open_file(path, &file);
    if (error < 0)
        return error;
    struct mutray__symbols *symbols = calloc(1, sizeof *symbols);
    if (symbols == NULL)
        error = -ENOMEM;
    else if (!same_build(&file, build_id, build_id_size))
        error = -ESTALE;
    for (unsigned i = 0; error == 0 && i < file.header.e_shnum; i++)
        if (file.sections[i].sh_type == SHT_SYMTAB || file.sections[i].sh_type == SHT_DYNSYM)
            error = add_table(symbols, &file, &file.sections[i]);
    close_file(&file);
    if (error == 0)
        error = symbols->count == 0 ? -ENOENT : sort(symbols);
    if (error == 0)
        *ret = symbols;
    else
        mutray__symbols_close(symbols);
    return error;
}

void mutray__symbols_close(struct mutray__symbols *symbols)
{
    if (symbols == NULL)
        return;
    free(symbols->sorted);
    free(symbols->names);
    free(symbols);
}

/* Of two at one address, whether the left one is what people call it. */
static bool is_better(const struct mutray__symbols *symbols, const struct symbol *left, const struct symbol *right)
{
    if ((left->size == 0) != (right->size == 0))
        return left->size != 0;
    const char *left_name = symbols->names + left->name, *right_name = symbols->names + right->name;
    size_t left_underscores = strspn(left_name, "_"), right_underscores = strspn(right_name, "_");
    if (left_underscores != right_underscores)
        return left_underscores < right_underscores;
    return strcmp(left_name, right_name) < 0;
}

const char *mutray__symbols_find(const struct mutray__symbols *symbols, uintptr_t address)
{
    size_t low = 0, high = symbols->count;
    while (low < high) { /* the first one that begins after the address */
        size_t middle = low + (high - low) / 2;
        if (symbols->sorted[middle].address <= address)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == 0)
        return NULL;
    const struct symbol *found = &symbols->sorted[low - 1];
    for (const struct symbol *other = found; other-- > symbols->sorted && other->address == found->address;)
        if (is_better(symbols, other, found))
            found = other;
    if (address - found->address >= (found->size != 0 ? found->size : UNSIZED_REACH))
        return NULL;
    return symbols->names + found->name;
}

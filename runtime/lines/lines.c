/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From an address to functions, files and lines, by libdw. An address is looked up in three steps, each of them a
 * search in a sorted array: which unit (one array a file, made when it is opened), which function of that unit (one a
 * unit, made when it is first needed), which line (libdw's own). The functions inlined there are nested blocks of that
 * function. libdw's dwarf_addrdie() and dwarf_getscopes() do the same, but need .debug_aranges, which clang does not
 * write, and walk the whole unit for each address: 0.6 ms in SQLite's amalgamation, where this takes 0.04.
 *
 * Making the arrays is bounded by the deadline; one that was not finished stays as it is until the source is closed.
 */
#include "lines.h"

#include <dwarf.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <time.h>

#include "debug_file.h"

#define DEEPEST_NESTING 64
#define LARGEST_TABLE ((size_t)1 << 22)

/* Code that belongs to a unit or function. */
struct range {
    Dwarf_Addr low, high;
    Dwarf_Off die;
};

struct ranges {
    struct range *all;
    size_t count, room;
};

/* The functions of one unit. */
struct unit {
    struct unit *next;
    Dwarf_Off die;
    struct ranges functions;
};

struct mutray__line_source {
    struct mutray__debug_file file;
    struct ranges units;
    struct unit *known; /* units whose functions were asked for, the last one first */
    bool units_read;
};

static bool is_late(uint64_t deadline_ns)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec > deadline_ns;
}

/* --- sorted ranges --- */

static void add_range(struct ranges *ranges, struct range range)
{
    if (range.low >= range.high || ranges->count == LARGEST_TABLE)
        return;
    if (ranges->count == ranges->room) {
        size_t room = ranges->room == 0 ? 64 : 2 * ranges->room;
        struct range *grown = realloc(ranges->all, room * sizeof *grown);
        if (grown == NULL)
            return;
        ranges->all = grown;
        ranges->room = room;
    }
    ranges->all[ranges->count++] = range;
}

/* Adds all code of a unit or function. */
static void add_ranges_of(struct ranges *ranges, Dwarf_Die *die)
{
    Dwarf_Addr base, low, high;
    ptrdiff_t next = 0;
    for (int i = 0; i < 4096 && (next = dwarf_ranges(die, next, &base, &low, &high)) > 0; i++)
        add_range(ranges, (struct range){low, high, dwarf_dieoffset(die)});
}

static int compare(const void *left, const void *right)
{
    const struct range *a = left, *b = right;
    return a->low != b->low ? (a->low < b->low ? -1 : 1) : (a->die > b->die) - (a->die < b->die);
}

static void sort(struct ranges *ranges)
{
    if (ranges->count > 0)
        qsort(ranges->all, ranges->count, sizeof *ranges->all, compare);
}

static const struct range *find_range(const struct ranges *ranges, Dwarf_Addr address)
{
    size_t low = 0, high = ranges->count;
    while (low < high) { /* the first one that begins after the address */
        size_t middle = low + (high - low) / 2;
        if (ranges->all[middle].low <= address)
            low = middle + 1;
        else
            high = middle;
    }
    return low > 0 && address < ranges->all[low - 1].high ? &ranges->all[low - 1] : NULL;
}

/* --- units and functions --- */

static void read_units(struct mutray__line_source *source, uint64_t deadline_ns)
{
    Dwarf_CU *unit = NULL;
    Dwarf_Die die;
    source->units_read = true;
    while (!is_late(deadline_ns) && dwarf_get_units(source->file.dwarf, unit, &unit, NULL, NULL, &die, NULL) == 0)
        if (dwarf_tag(&die) == DW_TAG_compile_unit || dwarf_tag(&die) == DW_TAG_skeleton_unit)
            add_ranges_of(&source->units, &die);
    sort(&source->units);
}

/* The next one beside it. Damaged information can lead back to one that was before, and so in a circle. */
static bool next_sibling(Dwarf_Die *die)
{
    Dwarf_Off before = dwarf_dieoffset(die);
    return dwarf_siblingof(die, die) == 0 && dwarf_dieoffset(die) > before;
}

static void read_functions(struct unit *unit, Dwarf_Die *unit_die, uint64_t deadline_ns)
{
    Dwarf_Die die;
    bool there = dwarf_child(unit_die, &die) == 0;
    for (unsigned i = 1; there && (i % 256 != 0 || !is_late(deadline_ns)); i++) {
        if (dwarf_tag(&die) == DW_TAG_subprogram)
            add_ranges_of(&unit->functions, &die);
        there = next_sibling(&die);
    }
    sort(&unit->functions);
}

static const struct unit *get_unit(struct mutray__line_source *source, Dwarf_Die *die, uint64_t deadline_ns)
{
    Dwarf_Off offset = dwarf_dieoffset(die);
    for (struct unit *unit = source->known; unit != NULL; unit = unit->next)
        if (unit->die == offset)
            return unit;
    struct unit *unit = calloc(1, sizeof *unit);
    if (unit == NULL)
        return NULL;
    unit->die = offset;
    unit->next = source->known;
    source->known = unit;
    read_functions(unit, die, deadline_ns);
    return unit;
}

/* --- one address --- */

/* The function at the address and what is inlined into it there, outermost first: how many. */
static unsigned find_nesting(Dwarf_Die function, Dwarf_Addr address, Dwarf_Die ret[static MUTRAY__MOST_LINES])
{
    unsigned count = 1, depth = 0;
    Dwarf_Die die;
    ret[0] = function;
    bool there = dwarf_child(&function, &die) == 0;
    while (there && depth < DEEPEST_NESTING && count < MUTRAY__MOST_LINES) {
        int tag = dwarf_tag(&die);
        bool inlined = tag == DW_TAG_inlined_subroutine;
        if ((inlined || tag == DW_TAG_lexical_block) && dwarf_haspc(&die, address) == 1) {
            if (inlined)
                ret[count++] = die;
            depth++;
            there = dwarf_child(&die, &die) == 0;
        } else {
            there = next_sibling(&die);
        }
    }
    return count;
}

static const char *name_of(Dwarf_Die *die)
{
    Dwarf_Attribute attribute;
    return dwarf_formstring(dwarf_attr_integrate(die, DW_AT_name, &attribute));
}

static unsigned number_of(Dwarf_Die *die, unsigned name)
{
    Dwarf_Attribute attribute;
    Dwarf_Word value = 0;
    return dwarf_formudata(dwarf_attr(die, name, &attribute), &value) == 0 && value < INT32_MAX ? (unsigned)value : 0;
}

/* Where the function `inlined` was called, which is a line of the function around it. */
static void find_call(Dwarf_Die *unit, Dwarf_Die *inlined, struct mutray__line *ret)
{
    Dwarf_Files *files;
    size_t count;
    unsigned file = number_of(inlined, DW_AT_call_file);
    if (dwarf_getsrcfiles(unit, &files, &count) != 0 || file >= count)
        return;
    ret->file = dwarf_filesrc(files, file, NULL, NULL);
    ret->line = ret->file != NULL ? number_of(inlined, DW_AT_call_line) : 0;
}

static void find_line(Dwarf_Die *unit, Dwarf_Addr address, struct mutray__line *ret)
{
    Dwarf_Line *line = dwarf_getsrc_die(unit, address);
    int number = 0;
    if (line == NULL || dwarf_lineno(line, &number) != 0 || number <= 0)
        return;
    ret->file = dwarf_linesrc(line, NULL, NULL);
    ret->line = ret->file != NULL ? (unsigned)number : 0;
}

static unsigned describe(Dwarf_Die *unit, Dwarf_Die *nesting, unsigned count, Dwarf_Addr address,
                         struct mutray__line *ret)
{
    for (unsigned i = 0; i < count; i++) {
        struct mutray__line *line = &ret[count - 1 - i];
        *line = (struct mutray__line){.function = name_of(&nesting[i])};
        if (i + 1 < count)
            find_call(unit, &nesting[i + 1], line);
        else
            find_line(unit, address, line);
    }
    return count;
}

static unsigned find(struct mutray__line_source *source, uintptr_t address, uint64_t deadline_ns,
                     struct mutray__line ret_lines[static MUTRAY__MOST_LINES])
{
    Dwarf_Die unit_die, function, nesting[MUTRAY__MOST_LINES];
    if (is_late(deadline_ns))
        return 0;
    if (!source->units_read)
        read_units(source, deadline_ns);
    const struct range *unit_range = find_range(&source->units, address);
    if (unit_range == NULL || dwarf_offdie(source->file.dwarf, unit_range->die, &unit_die) == NULL)
        return 0;
    const struct unit *unit = get_unit(source, &unit_die, deadline_ns);
    const struct range *range = unit != NULL ? find_range(&unit->functions, address) : NULL;
    if (range != NULL && dwarf_offdie(source->file.dwarf, range->die, &function) != NULL)
        return describe(&unit_die, nesting, find_nesting(function, address, nesting), address, ret_lines);
    *ret_lines = (struct mutray__line){.function = NULL}; /* as in assembly */
    find_line(&unit_die, address, ret_lines);
    return ret_lines->file != NULL;
}

/* --- life --- */

static void close_source(struct mutray__line_source *source)
{
    if (source == NULL)
        return;
    while (source->known != NULL) {
        struct unit *next = source->known->next;
        free(source->known->functions.all);
        free(source->known);
        source->known = next;
    }
    free(source->units.all);
    mutray__debug_file_close(&source->file);
    free(source);
}

static int open_source(const char *path, const unsigned char *build_id, size_t build_id_size, const char *debug_folder,
                       struct mutray__line_source **ret)
{
    struct mutray__line_source *source = calloc(1, sizeof *source);
    if (source == NULL)
        return -ENOMEM;
    elf_version(EV_CURRENT);
    int error = mutray__debug_file_open(path, build_id, build_id_size, debug_folder, &source->file);
    if (error < 0)
        free(source);
    else
        *ret = source;
    return error;
}

__attribute__((visibility("default"))) extern const struct mutray__lines_api mutray__lines_api;

const struct mutray__lines_api mutray__lines_api = {
    .abi = MUTRAY__LINES_ABI,
    .open = open_source,
    .find = find,
    .close = close_source,
};

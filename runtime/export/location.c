/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The locations of a profile. The leaf of a stack is a place in the source and complete. Of a caller the address is
 * known, and its function by the module's symbols; where MUTRAY_LINES asks for it, libmutray-lines.so tells file and
 * line as well, and the functions that were inlined there.
 *
 * Debug information is opened for one profile and closed again: no memory and no open file stay behind. The time it
 * takes is bounded; callers beyond that are known by their function, as all are without.
 */
#include <string.h>
#include <time.h>

#include "modules.h"
#include "profile.h"
#include "wire.h"

/* Numbers of fields, as in proto/profile.proto. */
enum { PROFILE_LOCATION = 4 };
enum { LOCATION_ID = 1, LOCATION_MAPPING, LOCATION_ADDRESS, LOCATION_LINE };
enum { LINE_FUNCTION = 1, LINE_LINE };

#define LINE_BUDGET_NS UINT64_C(500000000)
#define MOST_BYTES ((3 + 3 * MUTRAY__MOST_LINES) * (1 + MUTRAY__WIRE_NUMBER))

static uint64_t monotonic_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

void mutray__lines_open(struct mutray__writer *writer)
{
    size_t count;
    struct mutray__module *modules = mutray__modules_all(&count);
    const struct mutray__lines_api *api = writer->facts->lines;
    for (size_t i = 0; i < count && api != NULL; i++)
        if (modules[i].mapping != 0 && api->open(modules[i].path, modules[i].build_id, modules[i].build_id_size,
                                                 writer->facts->options->debug_folder, &modules[i].lines) < 0)
            modules[i].lines = NULL;
}

void mutray__lines_close(struct mutray__writer *writer)
{
    size_t count;
    struct mutray__module *modules = mutray__modules_all(&count);
    for (size_t i = 0; i < count; i++)
        if (modules[i].lines != NULL) {
            writer->facts->lines->close(modules[i].lines);
            modules[i].lines = NULL;
        }
}

static unsigned char *put_line(unsigned char *at, uint64_t function, uint64_t line)
{
    unsigned char *content = mutray__wire_open(at, LOCATION_LINE);
    at = mutray__wire_field(content, LINE_FUNCTION, function);
    return mutray__wire_close(content, mutray__wire_field(at, LINE_LINE, line));
}

/* The functions at a caller's address, innermost first. Those that mutray put into the program are not shown. */
static unsigned char *put_caller_lines(struct mutray__writer *writer, unsigned char *at, uintptr_t address,
                                       uint64_t deadline_ns)
{
    struct mutray__line lines[MUTRAY__MOST_LINES];
    struct mutray__module *module = mutray__modules_find(address);
    const char *symbol = mutray__module_function(module, address);
    unsigned count = module->lines == NULL ? 0
                                           : writer->facts->lines->find(module->lines, address - module->bias,
                                                                        deadline_ns, lines);
    if (count == 0)
        lines[count++] = (struct mutray__line){.function = NULL};
    if (symbol != NULL) /* the function around all others, by the name it has in all other profiles */
        lines[count - 1].function = symbol;
    for (unsigned i = 0; i < count; i++)
        if (lines[i].function != NULL && !mutray__is_own_function(lines[i].function))
            at = put_line(at,
                          mutray__intern_function(&writer->intern, lines[i].function,
                                                  lines[i].file != NULL ? lines[i].file : ""),
                          lines[i].line);
    return at;
}

static void put_location(struct mutray__writer *writer, const struct mutray__location *location, uint64_t deadline_ns)
{
    unsigned char *start = mutray__stream_reserve(&writer->stream, MOST_BYTES);
    unsigned char *content = mutray__wire_open(start, PROFILE_LOCATION);
    uintptr_t address = location->mapping != 0 ? mutray__key_address(location->key) : 0;
    unsigned char *at = mutray__wire_field(content, LOCATION_ID, location->id);
    at = mutray__wire_field(at, LOCATION_MAPPING, location->mapping);
    at = mutray__wire_field(at, LOCATION_ADDRESS, address);
    if (address != 0 && writer->facts->lines != NULL)
        at = put_caller_lines(writer, at, address, deadline_ns);
    else if (location->function != 0) /* else only the address is known */
        at = put_line(at, location->function, location->line);
    mutray__stream_written(&writer->stream, mutray__wire_close(content, at));
}

void mutray__write_locations(struct mutray__writer *writer)
{
    uint64_t deadline_ns = monotonic_ns() + LINE_BUDGET_NS;
    for (size_t i = 0; i < writer->intern.location_count; i++)
        if (writer->intern.locations[i].id != 0)
            put_location(writer, &writer->intern.locations[i], deadline_ns);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writing one profile. The samples come first, as they are drained, and name their locations and strings by number;
 * what the numbers stand for is written at the end, from the intern tables: sample types, mappings, locations,
 * functions, strings, and the rest. That is libdatadog's order, and it means that nothing but the tables is kept in
 * memory.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "modules.h"
#include "profile.h"
#include "wire.h"

/* Numbers of fields, as in proto/profile.proto. */
enum { PROFILE_FUNCTION = 5, PROFILE_STRING };
enum { FUNCTION_ID = 1, FUNCTION_NAME, FUNCTION_FILE = 4 };

/* More than any of these messages takes, a string's text apart. */
#define MOST_BYTES 64

/* The sample types: type, unit. The first is the default and the period's. */
static const char *const sample_types[MUTRAY__VALUES][2] = {
    {"lock-acquire-wait", "nanoseconds"},
    {"lock-acquire", "count"},
    {"lock-release-hold", "nanoseconds"},
    {"lock-release", "count"},
};

static void put_value_type(struct mutray__writer *writer, size_t index)
{
    Mutray__Pprof__ValueType type = MUTRAY__PPROF__VALUE_TYPE__INIT, *types[] = {&type};
    Mutray__Pprof__Profile profile = MUTRAY__PPROF__PROFILE__INIT;
    type.type = mutray__intern_string(&writer->intern, sample_types[index][0]);
    type.unit = mutray__intern_string(&writer->intern, sample_types[index][1]);
    profile.sample_type = types;
    profile.n_sample_type = 1;
    mutray__stream_put(&writer->stream, &profile.base);
}

static void put_mapping(struct mutray__writer *writer, const struct mutray__module *module)
{
    Mutray__Pprof__Mapping mapping = MUTRAY__PPROF__MAPPING__INIT, *mappings[] = {&mapping};
    Mutray__Pprof__Profile profile = MUTRAY__PPROF__PROFILE__INIT;
    char build_id[2 * sizeof module->build_id + 1] = "";
    for (size_t i = 0; i < module->build_id_size; i++)
        sprintf(build_id + 2 * i, "%02x", module->build_id[i]);
    mapping.id = module->mapping;
    mapping.memory_start = module->low;
    mapping.memory_limit = module->high;
    mapping.file_offset = module->offset;
    mapping.filename = mutray__intern_string(&writer->intern, module->path);
    mapping.build_id = mutray__intern_string(&writer->intern, build_id);
    mapping.has_functions = module->symbols != NULL || module->lines != NULL;
    mapping.has_filenames = mapping.has_line_numbers = mapping.has_inline_frames = module->lines != NULL;
    profile.mapping = mappings;
    profile.n_mapping = 1;
    mutray__stream_put(&writer->stream, &profile.base);
}

/* In the order of their numbers, which modules take as samples come to need them. */
static void put_mappings(struct mutray__writer *writer)
{
    size_t count;
    struct mutray__module *modules = mutray__modules_all(&count);
    for (uint32_t id = 1; id <= writer->mappings; id++)
        for (size_t i = 0; i < count; i++)
            if (modules[i].mapping == id)
                put_mapping(writer, &modules[i]);
}

/* There is no system_name: readers would demangle it, and lose "<1 frame omitted>". */
static void put_function(struct mutray__writer *writer, const struct mutray__function_entry *entry)
{
    unsigned char *start = mutray__stream_reserve(&writer->stream, MOST_BYTES);
    unsigned char *content = mutray__wire_open(start, PROFILE_FUNCTION);
    unsigned char *at = mutray__wire_field(content, FUNCTION_ID, entry->id);
    at = mutray__wire_field(at, FUNCTION_NAME, (uint64_t)entry->key.name);
    at = mutray__wire_field(at, FUNCTION_FILE, (uint64_t)entry->key.file);
    mutray__stream_written(&writer->stream, mutray__wire_close(content, at));
}

static void put_string(struct mutray__writer *writer, const struct mutray__string *string)
{
    unsigned char *at = mutray__stream_reserve(&writer->stream, MOST_BYTES);
    mutray__stream_written(&writer->stream, mutray__wire_sized(at, PROFILE_STRING, string->length));
    mutray__stream_put_bytes(&writer->stream, string->text, string->length);
}

static void put_strings(struct mutray__writer *writer)
{
    for (struct mutray__string *string = writer->intern.strings; string != NULL; string = string->hh.next)
        put_string(writer, string);
}

struct comments {
    int64_t strings[32];
    size_t count;
};

__attribute__((format(printf, 3, 4))) static void add_comment(struct mutray__writer *writer, struct comments *comments,
                                                              const char *format, ...)
{
    char text[512] = "mutray.";
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text + 7, sizeof text - 7, format, arguments);
    va_end(arguments);
    comments->strings[comments->count++] = mutray__intern_string(&writer->intern, text);
}

static void add_comments(struct mutray__writer *writer, struct comments *comments)
{
    const struct mutray__profile_facts *facts = writer->facts;
    const struct mutray__totals *totals = &writer->summary->totals;
    add_comment(writer, comments, "version=%s", MUTRAY_VERSION);
    add_comment(writer, comments, "program=%s", facts->program);
    add_comment(writer, comments, "pid=%d", (int)facts->pid);
    add_comment(writer, comments, "capture_pct=%g", facts->options->capture_pct);
    add_comment(writer, comments, "wait_period_ns=%.0f", facts->options->wait_period_us * 1000);
    add_comment(writer, comments, "upscale=%d", facts->options->upscale);
    add_comment(writer, comments, "threads=%" PRIu64, totals->threads);
    add_comment(writer, comments, "sites=%" PRIu64, totals->sites);
    add_comment(writer, comments, "locks=%" PRIu64, totals->locks);
#define X(name, meaning) add_comment(writer, comments, #name "=%" PRIu64, totals->lost.name);
    MUTRAY__LOSSES(X)
#undef X
    add_comment(writer, comments, "samples_dropped=%" PRIu64, writer->summary->samples_dropped);
}

static void put_rest(struct mutray__writer *writer)
{
    Mutray__Pprof__Profile profile = MUTRAY__PPROF__PROFILE__INIT;
    Mutray__Pprof__ValueType period = MUTRAY__PPROF__VALUE_TYPE__INIT;
    struct comments comments = {.count = 0};
    const struct mutray__profile_facts *facts = writer->facts;
    period.type = mutray__intern_string(&writer->intern, sample_types[0][0]);
    period.unit = mutray__intern_string(&writer->intern, sample_types[0][1]);
    add_comments(writer, &comments);
    profile.time_nanos = facts->start_ns;
    profile.duration_nanos = facts->end_ns > facts->start_ns ? facts->end_ns - facts->start_ns : 0;
    profile.period_type = &period;
    profile.period = 1;
    profile.comment = comments.strings;
    profile.n_comment = comments.count;
    profile.default_sample_type = period.type;
    put_strings(writer); /* the last strings have been interned */
    mutray__stream_put(&writer->stream, &profile.base);
}

static void put_tables(struct mutray__writer *writer)
{
    for (size_t i = 0; i < MUTRAY__VALUES; i++)
        put_value_type(writer, i);
    mutray__lines_open(writer);
    put_mappings(writer);
    mutray__write_locations(writer);
    mutray__lines_close(writer);
    for (struct mutray__function_entry *entry = writer->intern.functions; entry != NULL; entry = entry->hh.next)
        put_function(writer, entry);
    put_rest(writer);
}

/* pprof takes the first mapping for the program's own. */
static void number_main_module(struct mutray__writer *writer)
{
    size_t count;
    struct mutray__module *modules = mutray__modules_all(&count);
    for (size_t i = 0; i < count; i++)
        modules[i].mapping = 0;
    if (count > 0)
        modules[0].mapping = ++writer->mappings;
}

static void drop_sample(const struct mutray__sample *sample, void *context)
{
    struct mutray__profile_summary *summary = context;
    (void)sample;
    summary->samples_dropped++;
}

static int open_writer(struct mutray__writer *writer, const struct mutray__sink *sink)
{
    int error = mutray__intern_open(&writer->intern);
    if (error == 0)
        error = mutray__stream_open(&writer->stream, sink);
    if (error < 0)
        mutray__intern_close(&writer->intern);
    return error;
}

static int encode(const struct mutray__profile_facts *facts, mutray__drain drain, const struct mutray__sink *sink,
                  struct mutray__profile_summary *ret_summary)
{
    memset(ret_summary, 0, sizeof *ret_summary);
    struct mutray__writer *writer = malloc(sizeof *writer); /* its buffers need no zeroing */
    int error = writer == NULL ? -ENOMEM : open_writer(writer, sink);
    if (error < 0) {
        free(writer);
        drain(drop_sample, ret_summary, &ret_summary->totals);
        return error;
    }
    writer->mappings = 0;
    memset(writer->labels, 0, sizeof writer->labels);
    writer->facts = facts;
    writer->summary = ret_summary;
    number_main_module(writer);
    drain(mutray__write_sample, writer, &ret_summary->totals);
    writer->intern.full = false;
    put_tables(writer);
    error = mutray__stream_close(&writer->stream);
    if (error == 0 && writer->intern.full)
        error = -ENOMEM;
    mutray__intern_close(&writer->intern);
    free(writer);
    return error;
}

__attribute__((visibility("default"))) const struct mutray__encoder mutray__encoder = {
    .abi = MUTRAY__ENCODER_ABI,
    .see_modules = mutray__modules_see,
    .encode = encode,
};

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writing one profile. The samples come first, as they are drained, and name their locations and strings by number; what
 * the numbers stand for is written at the end, from the intern tables: sample types, mappings, locations, functions,
 * strings, and the rest. That is libdatadog's order, and it means that nothing but the tables is kept in memory.
 *
 * An acquire sample has only the first two values, a release sample only the last two (ARCHITECTURE.md, "The profile").
 */
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "encoder.h"
#include "intern.h"
#include "modules.h"
#include "profile.pb-c.h"
#include "stream.h"

#define MOST_LOCATIONS 600 /* more in one sample and Datadog's backend refuses it */
#define MOST_LABELS 16

/* The sample types: type, unit. The first is the default and the period's. */
static const char *const sample_types[][2] = {
    {"lock-acquire-wait", "nanoseconds"},
    {"lock-acquire", "count"},
    {"lock-release-hold", "nanoseconds"},
    {"lock-release", "count"},
};
#define VALUES (sizeof sample_types / sizeof sample_types[0])

/* What stands for the callers beyond the deepest one kept. The walk stops there, so how many is not known. */
static const struct mutray__place omitted = {.file = "", .function = "<1 frame omitted>"};

struct writer {
    struct mutray__stream stream;
    struct mutray__intern intern;
    const struct mutray__profile_facts *facts;
    struct mutray__profile_summary *summary;
    uint64_t mappings;
    struct {
        uint64_t locations[MOST_LOCATIONS];
        int64_t values[VALUES];
        Mutray__Pprof__Label labels[MOST_LABELS], *label_pointers[MOST_LABELS];
        size_t location_count, label_count;
    } sample;
};

static Mutray__Pprof__Label *add_label(struct writer *writer, const char *key)
{
    size_t index = writer->sample.label_count++;
    Mutray__Pprof__Label *label = &writer->sample.labels[index];
    mutray__pprof__label__init(label);
    label->key = mutray__intern_string(&writer->intern, key);
    writer->sample.label_pointers[index] = label;
    return label;
}

/* A label without a text would say that the text is empty; it is left out instead. */
static void add_text(struct writer *writer, const char *key, const char *text)
{
    if (text[0] != '\0')
        add_label(writer, key)->str = mutray__intern_string(&writer->intern, text);
}

static void add_number(struct writer *writer, const char *key, uint64_t number, const char *unit)
{
    Mutray__Pprof__Label *label = add_label(writer, key);
    label->num = (int64_t)number;
    label->num_unit = mutray__intern_string(&writer->intern, unit);
}

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash != NULL ? slash + 1 : path;
}

static void add_holder(struct writer *writer, const struct mutray__sample *sample)
{
    const struct mutray__thread_label *thread = &sample->holder_thread;
    char text[512];
    if (sample->holder != NULL) {
        snprintf(text, sizeof text, "%s:%u:%s", base_name(sample->holder->file), sample->holder->line,
                 sample->holder->function);
        add_text(writer, "holder", text);
    }
    if (thread->name != NULL && thread->name[0] != '\0') {
        add_text(writer, "holder thread", thread->name);
    } else if (thread->native_id != 0 || thread->id != 0) {
        snprintf(text, sizeof text, "%" PRIu64, thread->native_id != 0 ? thread->native_id : thread->id);
        add_text(writer, "holder thread", text);
    }
}

static void add_labels(struct writer *writer, const struct mutray__sample *sample)
{
    writer->sample.label_count = 0;
    add_text(writer, "lock name", sample->lock->name);
    add_text(writer, "lock declaration", sample->lock->declaration);
    add_text(writer, "lock kind", sample->lock->kind);
    add_text(writer, "lock mode", sample->mode);
    if (sample->event == MUTRAY__EVENT_RELEASE) {
        add_number(writer, "hold bucket", sample->bucket_ns, "nanoseconds");
    } else if (sample->contended) {
        add_holder(writer, sample);
        add_number(writer, "wait bucket", sample->bucket_ns, "nanoseconds");
    }
    add_number(writer, "thread id", sample->thread.id, "");
    add_number(writer, "thread native id", sample->thread.native_id, "");
    add_text(writer, "thread name", sample->thread.name);
}

/* The location of a place in the source, without an address. 0: no memory. */
static uint64_t place_location(struct writer *writer, const struct mutray__place *place)
{
    bool new;
    struct mutray__location_entry *location = mutray__intern_location(&writer->intern, 0, place, &new);
    if (location == NULL)
        return 0;
    if (new) {
        location->function = mutray__intern_function(&writer->intern, place->function, place->file);
        location->line = place->line;
    }
    return location->id;
}

static bool is_own_function(const char *name)
{
    return strncmp(name, "mutray__", 8) == 0;
}

enum caller { CALLER_KNOWN, CALLER_OURS, CALLER_NOWHERE };

/*
 * The location of a caller. The address is one less than the return address: inside the call, so that a call that is the
 * last instruction of its function belongs to that function. Without memory the location is 0.
 */
static enum caller caller_location(struct writer *writer, uintptr_t return_address, uint64_t *ret)
{
    uintptr_t address = return_address - 1;
    struct mutray__module *module = mutray__modules_find(address);
    if (module == NULL)
        return CALLER_NOWHERE;
    const char *name = mutray__module_function(module, address);
    if (name != NULL && is_own_function(name))
        return CALLER_OURS;
    bool new;
    struct mutray__location_entry *location = mutray__intern_location(&writer->intern, address, NULL, &new);
    *ret = location == NULL ? 0 : location->id;
    if (location == NULL || !new)
        return CALLER_KNOWN;
    if (module->mapping == 0)
        module->mapping = ++writer->mappings;
    location->mapping = module->mapping;
    if (name != NULL)
        location->function = mutray__intern_function(&writer->intern, name, "");
    return CALLER_KNOWN;
}

/*
 * The leaf, then its callers. What lies in no module's code is not a return address but the end of what frame pointers
 * can tell; the functions that mutray put into the program are not part of it.
 */
static void add_locations(struct writer *writer, const struct mutray__sample *sample)
{
    size_t count = 0;
    bool truncated = sample->truncated;
    writer->sample.locations[count++] = place_location(writer, sample->leaf);
    for (unsigned i = 0; i < sample->frame_count; i++) {
        if (count == MOST_LOCATIONS - 1) {
            truncated = true;
            break;
        }
        enum caller caller = caller_location(writer, sample->frames[i], &writer->sample.locations[count]);
        if (caller == CALLER_NOWHERE) {
            truncated = false;
            break;
        }
        if (caller == CALLER_KNOWN)
            count++;
    }
    if (truncated)
        writer->sample.locations[count++] = place_location(writer, &omitted);
    writer->sample.location_count = count;
}

static int64_t whole(double value)
{
    return value >= 9.2e18 ? INT64_MAX : value <= 0 ? 0 : (int64_t)(value + 0.5);
}

/* An event that was seen counts at least once: readers find acquires by a count that is not 0. */
static int64_t whole_count(double count)
{
    return count < 1 ? 1 : whole(count);
}

static void add_values(struct writer *writer, const struct mutray__sample *sample)
{
    size_t first = sample->event == MUTRAY__EVENT_ACQUIRE ? 0 : 2;
    memset(writer->sample.values, 0, sizeof writer->sample.values);
    writer->sample.values[first] = whole(sample->time_ns);
    writer->sample.values[first + 1] = whole_count(sample->count);
}

static void put_sample(const struct mutray__sample *sample, void *context)
{
    struct writer *writer = context;
    writer->intern.full = false;
    add_locations(writer, sample);
    add_values(writer, sample);
    add_labels(writer, sample);
    if (writer->intern.full) { /* some number would stand for nothing */
        writer->summary->samples_dropped++;
        return;
    }
    Mutray__Pprof__Sample message = MUTRAY__PPROF__SAMPLE__INIT, *samples[] = {&message};
    message.location_id = writer->sample.locations;
    message.n_location_id = writer->sample.location_count;
    message.value = writer->sample.values;
    message.n_value = VALUES;
    message.label = writer->sample.label_pointers;
    message.n_label = writer->sample.label_count;
    Mutray__Pprof__Profile profile = MUTRAY__PPROF__PROFILE__INIT;
    profile.sample = samples;
    profile.n_sample = 1;
    mutray__stream_put(&writer->stream, &profile.base);
    writer->summary->samples++;
}

static void put_value_type(struct writer *writer, size_t index)
{
    Mutray__Pprof__ValueType type = MUTRAY__PPROF__VALUE_TYPE__INIT, *types[] = {&type};
    Mutray__Pprof__Profile profile = MUTRAY__PPROF__PROFILE__INIT;
    type.type = mutray__intern_string(&writer->intern, sample_types[index][0]);
    type.unit = mutray__intern_string(&writer->intern, sample_types[index][1]);
    profile.sample_type = types;
    profile.n_sample_type = 1;
    mutray__stream_put(&writer->stream, &profile.base);
}

static void put_mapping(struct writer *writer, const struct mutray__module *module)
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
    mapping.has_functions = module->symbols != NULL;
    profile.mapping = mappings;
    profile.n_mapping = 1;
    mutray__stream_put(&writer->stream, &profile.base);
}

/* In the order of their numbers, which modules take as samples come to need them. */
static void put_mappings(struct writer *writer)
{
    size_t count;
    struct mutray__module *modules = mutray__modules_all(&count);
    for (uint64_t id = 1; id <= writer->mappings; id++)
        for (size_t i = 0; i < count; i++)
            if (modules[i].mapping == id)
                put_mapping(writer, &modules[i]);
}

static void put_location(struct writer *writer, const struct mutray__location_entry *entry)
{
    Mutray__Pprof__Line line = MUTRAY__PPROF__LINE__INIT, *lines[] = {&line};
    Mutray__Pprof__Location location = MUTRAY__PPROF__LOCATION__INIT, *locations[] = {&location};
    Mutray__Pprof__Profile profile = MUTRAY__PPROF__PROFILE__INIT;
    location.id = entry->id;
    location.mapping_id = entry->mapping;
    location.address = entry->key.address;
    line.function_id = entry->function;
    line.line = entry->line;
    location.line = lines;
    location.n_line = entry->function != 0; /* none: only the address is known */
    profile.location = locations;
    profile.n_location = 1;
    mutray__stream_put(&writer->stream, &profile.base);
}

static void put_function(struct writer *writer, const struct mutray__function_entry *entry)
{
    Mutray__Pprof__Function function = MUTRAY__PPROF__FUNCTION__INIT, *functions[] = {&function};
    Mutray__Pprof__Profile profile = MUTRAY__PPROF__PROFILE__INIT;
    function.id = entry->id;
    function.name = entry->key.name; /* no system_name: readers would demangle it, and lose "<1 frame omitted>" */
    function.filename = entry->key.file;
    profile.function = functions;
    profile.n_function = 1;
    mutray__stream_put(&writer->stream, &profile.base);
}

static void put_strings(struct writer *writer)
{
    for (struct mutray__string *string = writer->intern.strings; string != NULL; string = string->hh.next) {
        char *strings[] = {string->text};
        Mutray__Pprof__Profile profile = MUTRAY__PPROF__PROFILE__INIT;
        profile.string_table = strings;
        profile.n_string_table = 1;
        mutray__stream_put(&writer->stream, &profile.base);
    }
}

struct comments {
    int64_t strings[32];
    size_t count;
};

__attribute__((format(printf, 3, 4))) static void add_comment(struct writer *writer, struct comments *comments,
                                                              const char *format, ...)
{
    char text[512] = "mutray.";
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text + 7, sizeof text - 7, format, arguments);
    va_end(arguments);
    comments->strings[comments->count++] = mutray__intern_string(&writer->intern, text);
}

static void add_comments(struct writer *writer, struct comments *comments)
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

static void put_rest(struct writer *writer)
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

static void put_tables(struct writer *writer)
{
    for (size_t i = 0; i < VALUES; i++)
        put_value_type(writer, i);
    put_mappings(writer);
    for (struct mutray__location_entry *entry = writer->intern.locations; entry != NULL; entry = entry->hh.next)
        put_location(writer, entry);
    for (struct mutray__function_entry *entry = writer->intern.functions; entry != NULL; entry = entry->hh.next)
        put_function(writer, entry);
    put_rest(writer);
}

/* pprof takes the first mapping for the program's own. */
static void number_main_module(struct writer *writer)
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

static int encode(const struct mutray__profile_facts *facts, mutray__drain drain, const struct mutray__sink *sink,
                  struct mutray__profile_summary *ret_summary)
{
    memset(ret_summary, 0, sizeof *ret_summary);
    struct writer *writer = malloc(sizeof *writer);
    int error = writer == NULL ? -ENOMEM : mutray__stream_open(&writer->stream, sink);
    if (error < 0) {
        free(writer);
        drain(drop_sample, ret_summary, &ret_summary->totals);
        return error;
    }
    mutray__intern_open(&writer->intern);
    writer->facts = facts;
    writer->summary = ret_summary;
    writer->mappings = 0;
    number_main_module(writer);
    drain(put_sample, writer, &ret_summary->totals);
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

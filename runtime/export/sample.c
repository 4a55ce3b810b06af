/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One sample: its values, its labels, and its stack as numbers of locations (ARCHITECTURE.md, "The profile"). An
 * acquire has only the first two values, a release only the last two. The leaf is the call in the source, which the
 * site knows; its callers are addresses, named by the symbols of their modules.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "modules.h"
#include "profile.h"

/* What stands for the callers beyond the deepest one kept. The walk stops there, so how many is not known. */
static const struct mutray__place omitted = {.file = "", .function = "<1 frame omitted>"};

static Mutray__Pprof__Label *add_label(struct mutray__writer *writer, const char *key)
{
    size_t index = writer->sample.label_count++;
    Mutray__Pprof__Label *label = &writer->sample.labels[index];
    mutray__pprof__label__init(label);
    label->key = mutray__intern_string(&writer->intern, key);
    writer->sample.label_pointers[index] = label;
    return label;
}

/* What the labels of a sample say: a text that is null or "" and a number that is not there have no label. */
struct labels {
#define FIELD_TEXT(member) const char *member;
#define FIELD_NUMBER(member)                                                                                           \
    struct {                                                                                                           \
        bool there;                                                                                                    \
        uint64_t value;                                                                                                \
    } member;
#define MUTRAY_LABEL(member, key, kind, unit) FIELD_##kind(member)
#include "../../proto/labels.def"
#undef MUTRAY_LABEL
};

static void put_labels(struct mutray__writer *writer, const struct labels *labels)
{
    writer->sample.label_count = 0;
#define PUT_TEXT(member, key, unit)                                                                                    \
    if (labels->member != NULL && labels->member[0] != '\0')                                                           \
        add_label(writer, key)->str = mutray__intern_string(&writer->intern, labels->member);
#define PUT_NUMBER(member, key, unit)                                                                                  \
    if (labels->member.there) {                                                                                        \
        Mutray__Pprof__Label *label = add_label(writer, key);                                                          \
        label->num = (int64_t)labels->member.value;                                                                    \
        label->num_unit = mutray__intern_string(&writer->intern, unit);                                                \
    }
#define MUTRAY_LABEL(member, key, kind, unit) PUT_##kind(member, key, unit)
#include "../../proto/labels.def"
#undef MUTRAY_LABEL
}

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash != NULL ? slash + 1 : path;
}

#define LONGEST_HOLDER 512

/* "cache.c:151:cache_get" */
static const char *holder_place(const struct mutray__place *place, char ret[static LONGEST_HOLDER])
{
    if (place == NULL)
        return NULL;
    snprintf(ret, LONGEST_HOLDER, "%s:%u:%s", base_name(place->file), place->line, place->function);
    return ret;
}

/* Its name, else its number. */
static const char *holder_thread(const struct mutray__thread_label *thread, char ret[static LONGEST_HOLDER])
{
    uint64_t id = thread->native_id != 0 ? thread->native_id : thread->id;
    if ((thread->name != NULL && thread->name[0] != '\0') || id == 0)
        return thread->name;
    snprintf(ret, LONGEST_HOLDER, "%" PRIu64, id);
    return ret;
}

static void add_labels(struct mutray__writer *writer, const struct mutray__sample *sample)
{
    char place[LONGEST_HOLDER], thread[LONGEST_HOLDER];
    bool waited = sample->event == MUTRAY__EVENT_ACQUIRE && sample->contended;
    struct labels labels = {
        .lock_name = sample->lock->name,
        .lock_declaration = sample->lock->declaration,
        .lock_kind = sample->lock->kind,
        .lock_mode = sample->mode,
        .holder = waited ? holder_place(sample->holder, place) : NULL,
        .holder_thread = waited ? holder_thread(&sample->holder_thread, thread) : NULL,
        .wait_bucket = {waited, sample->bucket_ns},
        .hold_bucket = {sample->event == MUTRAY__EVENT_RELEASE, sample->bucket_ns},
        .thread_id = {true, sample->thread.id},
        .thread_native_id = {true, sample->thread.native_id},
        .thread_name = sample->thread.name,
        .span_id = {sample->span_id != 0, sample->span_id},
        .local_root_span_id = {sample->local_root_span_id != 0, sample->local_root_span_id},
        .end_timestamp_ns = {sample->end_ns != 0, sample->end_ns},
    };
    put_labels(writer, &labels);
}

/* The location of a place in the source, without an address. 0: no memory. */
static uint64_t place_location(struct mutray__writer *writer, const struct mutray__place *place)
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
 * The location of a caller. The address is one less than the return address: inside the call, so that a call that is
 * the last instruction of its function belongs to that function. Without memory the location is 0.
 */
static enum caller caller_location(struct mutray__writer *writer, uintptr_t return_address, uint64_t *ret)
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
static void add_locations(struct mutray__writer *writer, const struct mutray__sample *sample)
{
    size_t count = 0;
    bool truncated = sample->truncated;
    writer->sample.locations[count++] = place_location(writer, sample->leaf);
    for (unsigned i = 0; i < sample->frame_count; i++) {
        if (count == MUTRAY__MOST_LOCATIONS - 1) {
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

static void add_values(struct mutray__writer *writer, const struct mutray__sample *sample)
{
    size_t first = sample->event == MUTRAY__EVENT_ACQUIRE ? 0 : 2;
    memset(writer->sample.values, 0, sizeof writer->sample.values);
    writer->sample.values[first] = whole(sample->time_ns);
    writer->sample.values[first + 1] = whole_count(sample->count);
}

void mutray__write_sample(const struct mutray__sample *sample, void *context)
{
    struct mutray__writer *writer = context;
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
    message.n_value = MUTRAY__VALUES;
    message.label = writer->sample.label_pointers;
    message.n_label = writer->sample.label_count;
    Mutray__Pprof__Profile profile = MUTRAY__PPROF__PROFILE__INIT;
    profile.sample = samples;
    profile.n_sample = 1;
    mutray__stream_put(&writer->stream, &profile.base);
    writer->summary->samples++;
}


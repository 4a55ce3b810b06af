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
#include "wire.h"

/* Numbers of fields, as in proto/profile.proto. */
enum { PROFILE_SAMPLE = 2 };
enum { SAMPLE_LOCATIONS = 1, SAMPLE_VALUES, SAMPLE_LABEL };
enum { LABEL_KEY = 1, LABEL_TEXT, LABEL_NUMBER, LABEL_UNIT };

/* What stands for the callers beyond the deepest one kept. The walk stops there, so how many is not known. */
static const struct mutray__place omitted = {.file = "", .function = "<1 frame omitted>"};

/* What the labels of a sample say: a text that is "", string 0, and a number that is not there have no label. */
struct labels {
#define FIELD_TEXT(member) int64_t member;
#define FIELD_NUMBER(member)                                                                                           \
    struct {                                                                                                           \
        bool there;                                                                                                    \
        uint64_t value;                                                                                                \
    } member;
#define MUTRAY_LABEL(member, key, kind, unit) FIELD_##kind(member)
#include "../../proto/labels.def"
#undef MUTRAY_LABEL
};

/* The string number of a label's key or unit, the same for the whole profile. */
static int64_t label_string(struct mutray__writer *writer, int64_t *known, const char *text)
{
    if (*known == 0 && text[0] != '\0')
        *known = mutray__intern_string(&writer->intern, text);
    return *known;
}

static unsigned char *put_text(struct mutray__writer *writer, unsigned char *at, enum mutray__label label,
                               const char *key, int64_t text)
{
    if (text == 0)
        return at;
    unsigned char *content = mutray__wire_open(at, SAMPLE_LABEL);
    at = mutray__wire_field(content, LABEL_KEY, (uint64_t)label_string(writer, &writer->labels[label].key, key));
    at = mutray__wire_field(at, LABEL_TEXT, (uint64_t)text);
    return mutray__wire_close(content, at);
}

static unsigned char *put_number(struct mutray__writer *writer, unsigned char *at, enum mutray__label label,
                                 const char *key, uint64_t number, const char *unit)
{
    unsigned char *content = mutray__wire_open(at, SAMPLE_LABEL);
    at = mutray__wire_field(content, LABEL_KEY, (uint64_t)label_string(writer, &writer->labels[label].key, key));
    at = mutray__wire_field(at, LABEL_NUMBER, number);
    at = mutray__wire_field(at, LABEL_UNIT, (uint64_t)label_string(writer, &writer->labels[label].unit, unit));
    return mutray__wire_close(content, at);
}

static unsigned char *put_labels(struct mutray__writer *writer, unsigned char *at, const struct labels *labels)
{
#define PUT_TEXT(member, key, unit) at = put_text(writer, at, MUTRAY__LABEL_##member, key, labels->member);
#define PUT_NUMBER(member, key, unit)                                                                                  \
    if (labels->member.there)                                                                                          \
        at = put_number(writer, at, MUTRAY__LABEL_##member, key, labels->member.value, unit);
#define MUTRAY_LABEL(member, key, kind, unit) PUT_##kind(member, key, unit)
#include "../../proto/labels.def"
#undef MUTRAY_LABEL
    return at;
}

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash != NULL ? slash + 1 : path;
}

#define LONGEST_HOLDER 512

/* "cache.c:151:cache_get" */
static int64_t holder_place(struct mutray__intern *intern, const struct mutray__place *place)
{
    char text[LONGEST_HOLDER];
    if (place == NULL)
        return 0;
    snprintf(text, sizeof text, "%s:%u:%s", base_name(place->file), place->line, place->function);
    return mutray__intern_string(intern, text);
}

/* Its name, else its number. */
static int64_t holder_thread(struct mutray__intern *intern, const struct mutray__thread_label *thread)
{
    char text[24];
    uint64_t id = thread->native_id != 0 ? thread->native_id : thread->id;
    int64_t name = mutray__intern_lasting(intern, thread->name);
    if (name != 0 || id == 0)
        return name;
    snprintf(text, sizeof text, "%" PRIu64, id);
    return mutray__intern_string(intern, text);
}

static unsigned char *put_sample_labels(struct mutray__writer *writer, unsigned char *at,
                                        const struct mutray__sample *sample)
{
    struct mutray__intern *intern = &writer->intern;
    bool waited = sample->event == MUTRAY__EVENT_ACQUIRE && sample->contended;
    struct labels labels = {
        .lock_name = mutray__intern_lasting(intern, sample->lock->name),
        .lock_declaration = mutray__intern_lasting(intern, sample->lock->declaration),
        .lock_kind = mutray__intern_lasting(intern, sample->lock->kind),
        .lock_mode = mutray__intern_lasting(intern, sample->mode),
        .holder = waited ? holder_place(intern, sample->holder) : 0,
        .holder_thread = waited ? holder_thread(intern, &sample->holder_thread) : 0,
        .wait_bucket = {waited, sample->bucket_ns},
        .hold_bucket = {sample->event == MUTRAY__EVENT_RELEASE, sample->bucket_ns},
        .thread_id = {true, sample->thread.id},
        .thread_native_id = {true, sample->thread.native_id},
        .thread_name = mutray__intern_lasting(intern, sample->thread.name),
        .span_id = {sample->span_id != 0, sample->span_id},
        .local_root_span_id = {sample->local_root_span_id != 0, sample->local_root_span_id},
        .end_timestamp_ns = {sample->end_ns != 0, sample->end_ns},
    };
    return put_labels(writer, at, &labels);
}

/* The location of a place in the source, without an address. 0: no memory. */
static uint32_t place_location(struct mutray__writer *writer, const struct mutray__place *place)
{
    uint64_t key = mutray__place_key(place);
    struct mutray__location *location = mutray__intern_find_location(&writer->intern, key);
    if (location == NULL) {
        location = mutray__intern_add_location(&writer->intern, key, true);
        if (location == NULL)
            return 0;
        location->function = (uint32_t)mutray__intern_function(&writer->intern, place->function, place->file);
        location->line = place->line;
    }
    return location->id;
}

/* Adds what is known of an address: null without memory, or outside of all code; then `ret_nowhere` says so. */
static struct mutray__location *add_caller(struct mutray__writer *writer, uintptr_t address, bool *ret_nowhere)
{
    struct mutray__module *module = mutray__modules_find(address);
    *ret_nowhere = module == NULL;
    if (module == NULL)
        return NULL;
    const char *name = mutray__module_function(module, address);
    bool shown = name == NULL || !mutray__is_own_function(name);
    struct mutray__location *location =
        mutray__intern_add_location(&writer->intern, mutray__address_key(address), shown);
    if (location == NULL || !shown)
        return location;
    if (module->mapping == 0)
        module->mapping = ++writer->mappings;
    location->mapping = module->mapping;
    if (name != NULL && writer->facts->lines == NULL) /* else its file is found first (location.c) */
        location->function = (uint32_t)mutray__intern_function(&writer->intern, name, "");
    return location;
}

enum caller { CALLER_SHOWN, CALLER_OURS, CALLER_NOWHERE };

/*
 * The location of a caller. The address is one less than the return address: inside the call, so that a call that is
 * the last instruction of its function belongs to that function. Without memory the location is 0.
 */
static inline enum caller caller_location(struct mutray__writer *writer, uintptr_t return_address, uint32_t *ret)
{
    uintptr_t address = return_address - 1;
    struct mutray__location *location = mutray__intern_find_location(&writer->intern, mutray__address_key(address));
    if (location == NULL) {
        bool nowhere;
        location = add_caller(writer, address, &nowhere);
        if (nowhere)
            return CALLER_NOWHERE;
    }
    *ret = location != NULL ? location->id : 0;
    return location != NULL && location->id == 0 ? CALLER_OURS : CALLER_SHOWN;
}

/*
 * The leaf, then its callers. What lies in no module's code is not a return address but the end of what frame pointers
 * can tell; the functions that mutray put into the program are not part of it.
 */
static unsigned char *put_locations(struct mutray__writer *writer, unsigned char *at,
                                    const struct mutray__sample *sample)
{
    unsigned char *content = mutray__wire_open(at, SAMPLE_LOCATIONS);
    size_t count = 1;
    bool truncated = sample->truncated;
    at = mutray__wire_number(content, place_location(writer, sample->leaf));
    for (unsigned i = 0; i < sample->frame_count; i++) {
        uint32_t location;
        if (count == MUTRAY__MOST_LOCATIONS - 1) {
            truncated = true;
            break;
        }
        enum caller caller = caller_location(writer, sample->frames[i], &location);
        if (caller == CALLER_NOWHERE) {
            truncated = false;
            break;
        }
        if (caller == CALLER_SHOWN) {
            at = mutray__wire_number(at, location);
            count++;
        }
    }
    if (truncated)
        at = mutray__wire_number(at, place_location(writer, &omitted));
    return mutray__wire_close(content, at);
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

static unsigned char *put_values(unsigned char *at, const struct mutray__sample *sample)
{
    unsigned char *content = mutray__wire_open(at, SAMPLE_VALUES);
    size_t first = sample->event == MUTRAY__EVENT_ACQUIRE ? 0 : 2;
    int64_t values[MUTRAY__VALUES] = {0};
    values[first] = whole(sample->time_ns);
    values[first + 1] = whole_count(sample->count);
    at = content;
    for (size_t i = 0; i < MUTRAY__VALUES; i++)
        at = mutray__wire_number(at, (uint64_t)values[i]);
    return mutray__wire_close(content, at);
}

/* A sample that needs more than this does not exist: everything in it is numbers. */
#define MOST_LABEL_BYTES (4 * (1 + MUTRAY__WIRE_NUMBER) + 2)
#define MOST_BYTES                                                                                                     \
    ((MUTRAY__MOST_LOCATIONS + MUTRAY__VALUES) * MUTRAY__WIRE_NUMBER + MUTRAY__LABELS * MOST_LABEL_BYTES +             \
     3 * (1 + MUTRAY__WIRE_LENGTH))
_Static_assert(MOST_BYTES <= MUTRAY__STREAM_ROOM, "a sample has to fit");

void mutray__write_sample(const struct mutray__sample *sample, void *context)
{
    struct mutray__writer *writer = context;
    writer->intern.full = false;
    unsigned char *start = mutray__stream_reserve(&writer->stream, MOST_BYTES);
    unsigned char *content = mutray__wire_open(start, PROFILE_SAMPLE), *at = content;
    at = put_locations(writer, at, sample);
    at = put_values(at, sample);
    at = put_sample_labels(writer, at, sample);
    at = mutray__wire_close(content, at);
    if (writer->intern.full) { /* some number would stand for nothing */
        writer->summary->samples_dropped++;
        return;
    }
    mutray__stream_written(&writer->stream, at);
    writer->summary->samples++;
}

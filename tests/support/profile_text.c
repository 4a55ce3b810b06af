/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From text to a pprof message, with protobuf-c's packer and none of the code under test. Order on the wire is that of
 * libdatadog, which is harder to read than ours: samples first, strings late.
 */
#include "profile_text.h"

#include "profile.pb-c.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

enum { MANY = 4096, TYPES = 19, LABELS = 16, FRAMES = 64 };

static const char *const python_types[TYPES][2] = {{"cpu-time", "nanoseconds"},    {"cpu-samples", "count"},
                                                   {"wall-time", "nanoseconds"},   {"wall-samples", "count"},
                                                   {"exception-samples", "count"}, {"lock-acquire-wait", "nanoseconds"},
                                                   {"lock-acquire", "count"},      {"lock-release-hold", "nanoseconds"},
                                                   {"lock-release", "count"},      {"alloc-space", "bytes"},
                                                   {"alloc-samples", "count"},     {"heap-space", "bytes"},
                                                   {"heap-live-samples", "count"}, {"gpu-time", "nanoseconds"},
                                                   {"gpu-samples", "count"},       {"gpu-space", "bytes"},
                                                   {"gpu-alloc-samples", "count"}, {"gpu-flops", "count"},
                                                   {"gpu-flops-samples", "count"}};

static const char *const value_words[4] = {"wait", "acquire", "hold", "release"};

struct builder {
    Mutray__Pprof__Profile profile;
    char *strings[MANY];
    Mutray__Pprof__Function *functions[MANY];
    Mutray__Pprof__Location *locations[MANY];
    Mutray__Pprof__ValueType *types[TYPES];
    int64_t comments[64];
    int value_at[4]; /* position of each short type */
};

static void *allocate(size_t size)
{
    void *memory = calloc(1, size);
    if (memory == NULL) abort();
    return memory;
}

static int64_t string_index(struct builder *b, const char *text)
{
    for (size_t i = 0; i < b->profile.n_string_table; i++) {
        if (strcmp(b->strings[i], text) == 0) return (int64_t)i;
    }
    if (b->profile.n_string_table == MANY || (b->strings[b->profile.n_string_table] = strdup(text)) == NULL) abort();
    return (int64_t)b->profile.n_string_table++;
}

static void add_type(struct builder *b, const char *type, const char *unit)
{
    Mutray__Pprof__ValueType *message = allocate(sizeof *message);
    mutray__pprof__value_type__init(message);
    message->type = string_index(b, type);
    message->unit = string_index(b, unit);
    for (int i = 0; i < 4; i++) {
        if (strcmp(python_types[5 + i][0], type) == 0) b->value_at[i] = (int)b->profile.n_sample_type;
    }
    b->types[b->profile.n_sample_type++] = message;
}

static void add_types(struct builder *b, char *words)
{
    for (char *word = strtok(words, " "); word != NULL; word = strtok(NULL, " ")) {
        if (strcmp(word, "python") == 0) {
            for (int i = 0; i < TYPES; i++) add_type(b, python_types[i][0], python_types[i][1]);
            continue;
        }
        int which = -1;
        for (int i = 0; i < 4; i++) {
            if (strcmp(word, value_words[i]) == 0) which = i;
        }
        if (which >= 0) {
            add_type(b, python_types[5 + which][0], python_types[5 + which][1]);
        } else {
            add_type(b, word, "count");
        }
    }
}

/* One location and one function for each distinct FILE:LINE:FUNCTION. */
static uint64_t location_id(struct builder *b, char *frame)
{
    char *line = strchr(frame, ':'), *name = line != NULL ? strchr(line + 1, ':') : NULL;
    if (name == NULL) abort();
    *line++ = *name++ = '\0';
    for (size_t i = 0; i < b->profile.n_location; i++) {
        if (b->functions[i]->filename == string_index(b, frame) && b->functions[i]->name == string_index(b, name) &&
            b->locations[i]->line[0]->line == atoll(line)) {
            return i + 1;
        }
    }
    size_t n = b->profile.n_location++;
    b->profile.n_function++;
    Mutray__Pprof__Function *function = b->functions[n] = allocate(sizeof *function);
    Mutray__Pprof__Location *location = b->locations[n] = allocate(sizeof *location);
    mutray__pprof__function__init(function);
    mutray__pprof__location__init(location);
    function->id = location->id = n + 1;
    function->name = string_index(b, name);
    function->filename = string_index(b, frame);
    location->n_line = 1;
    location->line = allocate(sizeof *location->line);
    location->line[0] = allocate(sizeof *location->line[0]);
    mutray__pprof__line__init(location->line[0]);
    location->line[0]->function_id = function->id;
    location->line[0]->line = atoll(line);
    return n + 1;
}

static void add_frames(struct builder *b, Mutray__Pprof__Sample *sample, char *frames)
{
    sample->location_id = allocate(FRAMES * sizeof *sample->location_id);
    while (frames != NULL && sample->n_location_id < FRAMES) {
        char *next = strchr(frames, ',');
        if (next != NULL) *next++ = '\0';
        sample->location_id[sample->n_location_id++] = location_id(b, frames);
        frames = next;
    }
}

static bool is_number(const char *text)
{
    if (*text == '-') text++;
    size_t digits = strspn(text, "0123456789");
    return digits > 0 && text[digits] == '\0';
}

static void replace(char *text, char from, char to)
{
    for (; *text != '\0'; text++) {
        if (*text == from) *text = to;
    }
}

static void add_label(struct builder *b, Mutray__Pprof__Sample *sample, char *key, char *value)
{
    if (sample->n_label == LABELS) abort();
    Mutray__Pprof__Label *label = allocate(sizeof *label);
    mutray__pprof__label__init(label);
    if (strcmp(key, "end_timestamp_ns") != 0) replace(key, '_', ' ');
    replace(value, '+', ' ');
    label->key = string_index(b, key);
    if (is_number(value)) {
        label->num = atoll(value);
    } else {
        label->str = string_index(b, value);
    }
    sample->label[sample->n_label++] = label;
}

static Mutray__Pprof__Sample *make_sample(struct builder *b, char *words)
{
    Mutray__Pprof__Sample *sample = allocate(sizeof *sample);
    mutray__pprof__sample__init(sample);
    sample->value = allocate(TYPES * sizeof *sample->value);
    sample->n_value = b->profile.n_sample_type;
    sample->label = allocate(LABELS * sizeof *sample->label);
    char *state;
    for (char *word = strtok_r(words, " ", &state); word != NULL; word = strtok_r(NULL, " ", &state)) {
        char *value = strchr(word, '=');
        if (value == NULL) abort();
        *value++ = '\0';
        int which = -1;
        for (int i = 0; i < 4; i++) {
            if (strcmp(word, value_words[i]) == 0) which = i;
        }
        if (which >= 0) {
            sample->value[b->value_at[which]] = atoll(value);
        } else if (strcmp(word, "frames") == 0) {
            add_frames(b, sample, value);
        } else {
            add_label(b, sample, word, value);
        }
    }
    return sample;
}

static void read_line(struct builder *b, char *line)
{
    char *rest = strchr(line, ' ');
    if (line[0] == '\0' || line[0] == '#') return;
    if (rest == NULL) abort();
    *rest++ = '\0';
    if (strcmp(line, "types") == 0) {
        add_types(b, rest);
    } else if (strcmp(line, "time") == 0) {
        b->profile.time_nanos = strtoll(rest, &rest, 10);
        b->profile.duration_nanos = strtoll(rest, NULL, 10);
    } else if (strcmp(line, "comment") == 0) {
        b->comments[b->profile.n_comment++] = string_index(b, rest);
    } else if (strcmp(line, "sample") == 0) {
        b->profile.sample = realloc(b->profile.sample, (b->profile.n_sample + 1) * sizeof *b->profile.sample);
        b->profile.sample[b->profile.n_sample++] = make_sample(b, rest);
    } else {
        fprintf(stderr, "profile text: unknown line '%s'\n", line);
        abort();
    }
}

static size_t pack_field(uint8_t *out, uint32_t number, const ProtobufCMessage *message)
{
    size_t size = protobuf_c_message_get_packed_size(message), at = 0;
    out[at++] = (uint8_t)(number << 3 | 2);
    for (; size >= 0x80; size >>= 7) out[at++] = (uint8_t)(size | 0x80);
    out[at++] = (uint8_t)size;
    return at + protobuf_c_message_pack(message, out + at);
}

/* Samples in front, everything else behind. */
static uint8_t *pack(struct builder *b, size_t *ret_size)
{
    Mutray__Pprof__Profile rest = b->profile;
    rest.n_sample = 0;
    size_t size = mutray__pprof__profile__get_packed_size(&b->profile), at = 0;
    uint8_t *bytes = allocate(size + 1);
    for (size_t i = 0; i < b->profile.n_sample; i++) at += pack_field(bytes + at, 2, &b->profile.sample[i]->base);
    at += mutray__pprof__profile__pack(&rest, bytes + at);
    if (at != size) abort();
    *ret_size = size;
    return bytes;
}

static void release(struct builder *b)
{
    for (size_t i = 0; i < b->profile.n_sample; i++) {
        Mutray__Pprof__Sample *sample = b->profile.sample[i];
        for (size_t j = 0; j < sample->n_label; j++) free(sample->label[j]);
        free(sample->label);
        free(sample->value);
        free(sample->location_id);
        free(sample);
    }
    for (size_t i = 0; i < b->profile.n_location; i++) {
        free(b->locations[i]->line[0]);
        free(b->locations[i]->line);
        free(b->locations[i]);
        free(b->functions[i]);
    }
    for (size_t i = 0; i < b->profile.n_sample_type; i++) free(b->types[i]);
    for (size_t i = 0; i < b->profile.n_string_table; i++) free(b->strings[i]);
    free(b->profile.sample);
    free(b);
}

uint8_t *mutray_test_profile(const char *text, size_t *ret_size)
{
    struct builder *b = allocate(sizeof *b);
    char *copy = strdup(text), *line = copy;
    mutray__pprof__profile__init(&b->profile);
    b->profile.string_table = b->strings;
    b->profile.function = b->functions;
    b->profile.location = b->locations;
    b->profile.sample_type = b->types;
    b->profile.comment = b->comments;
    string_index(b, "");
    while (line != NULL) {
        char *next = strchr(line, '\n');
        if (next != NULL) *next++ = '\0';
        read_line(b, line);
        line = next;
    }
    uint8_t *bytes = pack(b, ret_size);
    release(b);
    free(copy);
    return bytes;
}

uint8_t *mutray_test_gzip(const uint8_t *bytes, size_t size, size_t *ret_size)
{
    z_stream stream = {0};
    if (deflateInit2(&stream, 9, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY) != Z_OK) abort();
    size_t bound = deflateBound(&stream, size);
    uint8_t *packed = allocate(bound);
    stream.next_in = (Bytef *)bytes;
    stream.avail_in = (uInt)size;
    stream.next_out = packed;
    stream.avail_out = (uInt)bound;
    if (deflate(&stream, Z_FINISH) != Z_STREAM_END) abort();
    *ret_size = stream.total_out;
    deflateEnd(&stream);
    return packed;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pprof with the lock as a frame. `go tool pprof -tagleaf='lock name'` does the same on the fly; other viewers
 * (speedscope, Perfetto, editors) know no labels, and this is a file for them. Messages are packed one at a time and
 * written through zlib, samples first, so that memory is that of the stacks.
 */
#include "profile/export.h"
#include "profile/wire.h"

#include "profile.pb-c.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <uthash.h>
#include <zlib.h>

/* Fields of the outermost message. */
enum { SAMPLE_TYPE = 1, SAMPLE = 2, LOCATION = 4, FUNCTION = 5, STRING = 6, PERIOD_TYPE = 11 };

struct string_entry {
    int64_t number;
    UT_hash_handle hh;
    char text[];
};

struct writer {
    gzFile out;
    int result;
    struct string_entry *strings; /* in order of their numbers */
};

static int64_t string_number(struct writer *writer, const char *text)
{
    struct string_entry *found;
    size_t length = strlen(text);
    HASH_FIND(hh, writer->strings, text, length, found);
    if (found == NULL) {
        found = mutray_calloc(1, sizeof *found + length + 1);
        memcpy(found->text, text, length + 1);
        found->number = HASH_COUNT(writer->strings);
        HASH_ADD(hh, writer->strings, text, length, found);
    }
    return found->number;
}

static void write_bytes(struct writer *writer, const void *bytes, size_t size)
{
    if (size > 0 && writer->result == 0 && gzwrite(writer->out, bytes, (unsigned)size) <= 0) {
        writer->result = errno != 0 ? -errno : -EIO;
    }
}

static void write_field(struct writer *writer, uint32_t number, const void *bytes, size_t size)
{
    uint8_t head[16];
    size_t length = mutray_wire_put(head, number << 3 | MUTRAY_WIRE_BYTES);
    length += mutray_wire_put(head + length, size);
    write_bytes(writer, head, length);
    write_bytes(writer, bytes, size);
}

static void write_message(struct writer *writer, uint32_t number, const ProtobufCMessage *message)
{
    size_t size = protobuf_c_message_get_packed_size(message);
    uint8_t *bytes = mutray_realloc(NULL, size, 1);
    protobuf_c_message_pack(message, bytes);
    write_field(writer, number, bytes, size);
    free(bytes);
}

static Mutray__Pprof__ValueType value_type(struct writer *writer, enum mutray_value value)
{
    Mutray__Pprof__ValueType type = MUTRAY__PPROF__VALUE_TYPE__INIT;
    type.type = string_number(writer, mutray_value_type(value));
    type.unit = string_number(writer, mutray_value_unit(value));
    return type;
}

static void write_sample(struct writer *writer, const struct mutray_stacks *stacks, const struct mutray_stack *stack)
{
    Mutray__Pprof__Sample sample = MUTRAY__PPROF__SAMPLE__INIT;
    Mutray__Pprof__Label label = MUTRAY__PPROF__LABEL__INIT, *labels[] = {&label};
    int64_t values[MUTRAY_VALUE_COUNT];
    uint64_t locations[MUTRAY_FRAMES_MAX + 1];
    for (int i = 0; i < MUTRAY_VALUE_COUNT; i++) values[i] = (int64_t)stack->values[i];
    for (size_t i = 0; i < stack->count; i++) locations[i] = stack->frames[stack->count - 1 - i] + UINT64_C(1);
    label.key = string_number(writer, "lock name");
    label.str = string_number(writer, stacks->frames[stack->frames[stack->count - 1]].lock);
    sample.n_value = MUTRAY_VALUE_COUNT;
    sample.value = values;
    sample.n_location_id = stack->count;
    sample.location_id = locations;
    sample.n_label = 1;
    sample.label = labels;
    write_message(writer, SAMPLE, &sample.base);
}

/* A location and a function for each frame, with the same number. */
static void write_frame(struct writer *writer, const struct mutray_stack_frame *frame, uint64_t id)
{
    Mutray__Pprof__Function function = MUTRAY__PPROF__FUNCTION__INIT;
    Mutray__Pprof__Location location = MUTRAY__PPROF__LOCATION__INIT;
    Mutray__Pprof__Line line = MUTRAY__PPROF__LINE__INIT, *lines[] = {&line};
    function.id = location.id = line.function_id = id;
    function.name = function.system_name = string_number(writer, frame->name);
    function.filename = string_number(writer, frame->file);
    line.line = frame->line;
    location.n_line = 1;
    location.line = lines;
    write_message(writer, LOCATION, &location.base);
    write_message(writer, FUNCTION, &function.base);
}

static void write_profile(struct writer *writer, const struct mutray_stacks *stacks)
{
    Mutray__Pprof__Profile rest = MUTRAY__PPROF__PROFILE__INIT;
    string_number(writer, "");
    for (int value = 0; value < MUTRAY_VALUE_COUNT; value++) {
        Mutray__Pprof__ValueType type = value_type(writer, value);
        write_message(writer, SAMPLE_TYPE, &type.base);
    }
    for (size_t i = 0; i < stacks->count; i++) write_sample(writer, stacks, stacks->stacks[i]);
    for (size_t i = 0; i < stacks->frame_count; i++) write_frame(writer, &stacks->frames[i], i + 1);
    Mutray__Pprof__ValueType wait = value_type(writer, MUTRAY_VALUE_wait);
    write_message(writer, PERIOD_TYPE, &wait.base);
    rest.time_nanos = stacks->table->run.start_ns;
    rest.duration_nanos = (int64_t)stacks->table->run.duration_ns;
    rest.period = 1;
    rest.default_sample_type = string_number(writer, mutray_value_type(MUTRAY_VALUE_wait));
    for (struct string_entry *at = writer->strings; at != NULL; at = at->hh.next) {
        write_field(writer, STRING, at->text, strlen(at->text));
    }
    size_t size = mutray__pprof__profile__get_packed_size(&rest);
    uint8_t *bytes = mutray_realloc(NULL, size, 1);
    mutray__pprof__profile__pack(&rest, bytes);
    write_bytes(writer, bytes, size);
    free(bytes);
}

int mutray_export_leaf(const struct mutray_stacks *stacks, int fd)
{
    struct writer writer = {.out = gzdopen(dup(fd), "wb")};
    struct string_entry *at, *next;
    if (writer.out == NULL) return -errno;
    errno = 0;
    write_profile(&writer, stacks);
    if (gzclose(writer.out) != Z_OK && writer.result == 0) writer.result = errno != 0 ? -errno : -EIO;
    HASH_ITER (hh, writer.strings, at, next) {
        HASH_DEL(writer.strings, at);
        free(at);
    }
    return writer.result;
}

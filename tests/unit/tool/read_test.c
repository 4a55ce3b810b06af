/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading profiles, good and bad. The bad ones are made from the good: every truncation, every byte changed, and
 * messages that promise much; whatever comes in, the reader says no with a reason or gives a profile that can be
 * visited.
 */
#include "profile/inflate.h"
#include "profile/table.h"
#include "profile_text.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include <cmocka.h>

static const char small[] =
    "types wait acquire hold release\n"
    "time 1700000000000000000 2000000000\n"
    "comment mutray.version=0.1.0\n"
    "comment mutray.pid=7\n"
    "sample wait=3000 acquire=2 lock_name=a.c:3:m lock_declaration=box.m lock_kind=mutex wait_bucket=1024 "
    "holder=a.c:9:put thread_native_id=5 thread_name=w+1 frames=/s/a.c:8:get,/s/main.c:2:main\n"
    "sample hold=100 release=4 lock_name=a.c:3:m lock_declaration=box.m lock_kind=mutex hold_bucket=16 "
    "thread_native_id=5 frames=/s/a.c:9:put\n";

struct seen {
    int64_t values[MUTRAY_VALUE_COUNT];
    size_t samples, frames;
    char lock[64], thread[64], leaf[64];
};

static void look(const struct mutray_lock_sample *sample, void *context)
{
    struct seen *seen = context;
    for (int i = 0; i < MUTRAY_VALUE_COUNT; i++) seen->values[i] += sample->values[i];
    if (seen->samples++ == 0) {
        snprintf(seen->lock, sizeof seen->lock, "%s", sample->lock_name);
        snprintf(seen->thread, sizeof seen->thread, "%s", sample->thread_name);
        if (sample->frame_count > 0) snprintf(seen->leaf, sizeof seen->leaf, "%s", sample->frames[0].function);
    }
    seen->frames += sample->frame_count;
}

/* Reads and visits; 0 or the error, which then has words. */
static int read_bytes(const uint8_t *bytes, size_t size, struct seen *ret_seen, struct mutray_error *error)
{
    struct mutray_profile *profile;
    *ret_seen = (struct seen){0};
    error->text[0] = '\0';
    int result = mutray_profile_parse(bytes, size, error, &profile);
    if (result == 0) {
        result = mutray_profile_visit(profile, look, ret_seen, error);
        mutray_profile_free(profile);
    }
    assert_true(result <= 0);
    assert_int_equal(result == 0, error->text[0] == '\0');
    assert_null(strchr(error->text, '\n'));
    return result;
}

static void expect_refusal(const uint8_t *bytes, size_t size, const char *words)
{
    struct seen seen;
    struct mutray_error error;
    assert_true(read_bytes(bytes, size, &seen, &error) < 0);
    if (strstr(error.text, words) == NULL) fail_msg("'%s' is not in '%s'", words, error.text);
}

static void expect_small(const struct seen *seen)
{
    assert_int_equal(seen->samples, 2);
    assert_int_equal(seen->values[MUTRAY_VALUE_wait], 3000);
    assert_int_equal(seen->values[MUTRAY_VALUE_acquire], 2);
    assert_int_equal(seen->values[MUTRAY_VALUE_hold], 100);
    assert_int_equal(seen->values[MUTRAY_VALUE_release], 4);
    assert_int_equal(seen->frames, 3);
    assert_string_equal(seen->lock, "a.c:3:m");
    assert_string_equal(seen->thread, "w 1");
    assert_string_equal(seen->leaf, "get");
}

static void reads_plain_and_gzip(void **state)
{
    (void)state;
    size_t size, packed_size;
    struct seen seen;
    struct mutray_error error;
    uint8_t *bytes = mutray_test_profile(small, &size), *packed = mutray_test_gzip(bytes, size, &packed_size);
    assert_int_equal(read_bytes(bytes, size, &seen, &error), 0);
    expect_small(&seen);
    assert_int_equal(read_bytes(packed, packed_size, &seen, &error), 0);
    expect_small(&seen);
    free(bytes);
    free(packed);
}

/* gzip allows several members, one after the other; `cat a.gz b.gz` of a message split in two is whole again. */
static void reads_gzip_members(void **state)
{
    (void)state;
    size_t size, first_size, second_size;
    struct seen seen;
    struct mutray_error error;
    uint8_t *bytes = mutray_test_profile(small, &size);
    uint8_t *first = mutray_test_gzip(bytes, size / 2, &first_size);
    uint8_t *second = mutray_test_gzip(bytes + size / 2, size - size / 2, &second_size);
    uint8_t *both = malloc(first_size + second_size);
    memcpy(both, first, first_size);
    memcpy(both + first_size, second, second_size);
    assert_int_equal(read_bytes(both, first_size + second_size, &seen, &error), 0);
    expect_small(&seen);
    free(bytes);
    free(first);
    free(second);
    free(both);
}

static void every_truncation(void **state)
{
    (void)state;
    size_t size, packed_size, refused = 0;
    struct seen seen;
    struct mutray_error error;
    uint8_t *bytes = mutray_test_profile(small, &size), *packed = mutray_test_gzip(bytes, size, &packed_size);
    for (size_t cut = 0; cut < size; cut++) {
        uint8_t *part = malloc(cut > 0 ? cut : 1); /* of exact size: reading beyond it is seen by a sanitizer */
        memcpy(part, bytes, cut);
        refused += read_bytes(part, cut, &seen, &error) < 0;
        free(part);
    }
    /* Only between the last fields, the numbers at the end, can a shorter file be a profile too. */
    assert_true(refused > size * 9 / 10);
    for (size_t cut = 0; cut < packed_size; cut++) {
        uint8_t *part = malloc(cut > 0 ? cut : 1);
        memcpy(part, packed, cut);
        assert_true(read_bytes(part, cut, &seen, &error) < 0);
        free(part);
    }
    free(bytes);
    free(packed);
}

static void every_byte_changed(void **state)
{
    (void)state;
    static const uint8_t changes[] = {0x01, 0x02, 0x04, 0x08, 0x10, 0x20, 0x40, 0x80, 0xff};
    size_t size, packed_size;
    struct seen seen;
    struct mutray_error error;
    uint8_t *bytes = mutray_test_profile(small, &size), *packed = mutray_test_gzip(bytes, size, &packed_size);
    for (size_t i = 0; i < size; i++) {
        for (size_t c = 0; c < sizeof changes; c++) {
            bytes[i] ^= changes[c];
            read_bytes(bytes, size, &seen, &error);
            bytes[i] ^= changes[c];
        }
    }
    for (size_t i = 0; i < packed_size; i++) {
        bool free_to_change = i >= 4 && i < 10; /* time, level and system in gzip's header */
        packed[i] ^= 0xff;
        int result = read_bytes(packed, packed_size, &seen, &error);
        if (!free_to_change) assert_true(result < 0);
        packed[i] ^= 0xff;
    }
    free(bytes);
    free(packed);
}

/* Any two bytes of the message replaced by any of a few troublesome values: deterministic, 20,000 of them. */
static void many_changes(void **state)
{
    (void)state;
    static const uint8_t values[] = {0x00, 0x01, 0x0a, 0x12, 0x22, 0x2a, 0x32, 0x7f, 0x80, 0xfe, 0xff};
    size_t size;
    struct seen seen;
    struct mutray_error error;
    uint8_t *bytes = mutray_test_profile(small, &size);
    uint64_t random = 42;
    for (int round = 0; round < 20000; round++) {
        size_t at[2];
        uint8_t old[2];
        for (int i = 0; i < 2; i++) {
            random = random * UINT64_C(6364136223846793005) + 1442695040888963407;
            at[i] = (random >> 33) % size;
            old[i] = bytes[at[i]];
            bytes[at[i]] = values[(random >> 20) % sizeof values];
        }
        read_bytes(bytes, size, &seen, &error);
        bytes[at[1]] = old[1];
        bytes[at[0]] = old[0];
    }
    free(bytes);
}

static void says_what_it_is(void **state)
{
    (void)state;
    static const uint8_t zstd[] = {0x28, 0xb5, 0x2f, 0xfd, 0, 0}, lz4[] = {0x04, 0x22, 0x4d, 0x18, 0, 0};
    static const char text[] = "#!/bin/sh\nexit 0\n";
    size_t size;
    uint8_t *cpu = mutray_test_profile("types samples cpu\nsample frames=a.c:1:f\n", &size);
    expect_refusal(NULL, 0, "empty");
    expect_refusal(zstd, sizeof zstd, "zstd -dc");
    expect_refusal(lz4, sizeof lz4, "lz4 -dc");
    expect_refusal((const uint8_t *)text, sizeof text - 1, "not a pprof profile");
    expect_refusal(cpu, size, "a profile of samples, not of locks");
    free(cpu);
}

/* A message of `count` fields of tag `tag` that are all empty. */
static uint8_t *empties(uint8_t tag, size_t count, size_t *ret_size)
{
    uint8_t *bytes = calloc(count, 2);
    for (size_t i = 0; i < count; i++) bytes[2 * i] = tag;
    *ret_size = 2 * count;
    return bytes;
}

/* `inner` as a field of number `number`, behind a good small profile. */
static uint8_t *append_field(uint8_t number, const uint8_t *inner, size_t inner_size, size_t *ret_size)
{
    size_t size;
    uint8_t *bytes = mutray_test_profile(small, &size);
    bytes = realloc(bytes, size + 11 + inner_size);
    bytes[size++] = (uint8_t)(number << 3 | 2);
    size_t length = inner_size;
    for (; length >= 0x80; length >>= 7) bytes[size++] = (uint8_t)(length | 0x80);
    bytes[size++] = (uint8_t)length;
    if (inner_size > 0) memcpy(bytes + size, inner, inner_size);
    *ret_size = size + inner_size;
    return bytes;
}

static void refuses_appended(uint8_t number, const void *inner, size_t inner_size, const char *words)
{
    size_t size;
    uint8_t *bytes = append_field(number, inner, inner_size, &size);
    expect_refusal(bytes, size, words);
    free(bytes);
}

static void memory_is_bounded(void **state)
{
    (void)state;
    size_t size;
    /* A million labels of two bytes would unpack to 70 MB. */
    uint8_t *labels = empties(0x1a, 1 << 20, &size);
    refuses_appended(2, labels, size, "far too large");
    free(labels);
    uint8_t *lines = empties(0x22, 4 << 20, &size); /* enough that the room of small profiles is not enough */
    refuses_appended(4, lines, size, "four times");
    free(lines);
    uint8_t *functions = empties(0x2a, 1 << 20, &size);
    expect_refusal(functions, size, "not a pprof profile");
    free(functions);
}

static void bombs_are_refused(void **state)
{
    (void)state;
    size_t zeros_size = (size_t)16 << 20, packed_size, copies = MUTRAY_PROFILE_LIMIT / zeros_size + 1;
    uint8_t *zeros = calloc(zeros_size, 1), *packed = mutray_test_gzip(zeros, zeros_size, &packed_size);
    uint8_t *bomb = malloc(packed_size * copies); /* members one after the other: 270 MB out of 270 KB */
    for (size_t i = 0; i < copies; i++) memcpy(bomb + i * packed_size, packed, packed_size);
    expect_refusal(bomb, packed_size * copies, "larger than 256 MiB");
    free(zeros);
    free(packed);
    free(bomb);
}

static void references_are_checked(void **state)
{
    (void)state;
    refuses_appended(2, "", 0, "0 values for 4 sample types");
    refuses_appended(2, "\x12\x04\0\0\0\0\x0a\x01\x63", 9, "location that is not there");
    refuses_appended(2, "\x12\x04\0\0\0\0\x1a\x03\x08\xff\x7f", 11, "a label names a string");
    refuses_appended(4, "\x08\x01", 2, "two locations have one id");
    refuses_appended(4, "\x10\x01", 2, "location 4 is damaged");
    refuses_appended(4, "\x08\x63\x22\x02\x08\x63", 6, "function that is not there");
    refuses_appended(5, "\x08\x63\x10\xff\x7f", 5, "function 4 is damaged");
    refuses_appended(1, "\x08\xff\x7f", 3, "sample type 4 is damaged");
}

static void odd_numbers_are_taken(void **state)
{
    (void)state;
    size_t size;
    struct seen seen;
    struct mutray_error error;
    /* A comment that is not there, and a line number beyond everything: of no use, but no reason to refuse. */
    uint8_t *bytes = append_field(13, (const uint8_t *)"\xff\x7f", 2, &size);
    assert_int_equal(read_bytes(bytes, size, &seen, &error), 0);
    free(bytes);
    bytes = append_field(4, (const uint8_t *)"\x08\x63\x22\x0d\x08\x01\x10\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 17,
                         &size);
    assert_int_equal(read_bytes(bytes, size, &seen, &error), 0);
    expect_small(&seen);
    free(bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_plain_and_gzip),   cmocka_unit_test(reads_gzip_members),
        cmocka_unit_test(every_truncation),       cmocka_unit_test(every_byte_changed),
        cmocka_unit_test(many_changes),           cmocka_unit_test(says_what_it_is),
        cmocka_unit_test(memory_is_bounded),      cmocka_unit_test(bombs_are_refused),
        cmocka_unit_test(references_are_checked), cmocka_unit_test(odd_numbers_are_taken),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

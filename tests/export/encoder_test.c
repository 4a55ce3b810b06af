/* SPDX-License-Identifier: Apache-2.0 */
/* The bytes of a profile, decoded again with protobuf-c: values, labels, stacks, tables, and their order on the wire. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmocka_all.h"
#include "encoder.h"
#include "profile.pb-c.h"
#include "stream.h"

struct bytes {
    unsigned char *data;
    size_t size, fail_after;
};

static int keep(void *context, const void *data, size_t size)
{
    struct bytes *bytes = context;
    if (bytes->fail_after != 0 && bytes->size + size > bytes->fail_after)
        return -ENOSPC;
    bytes->data = realloc(bytes->data, bytes->size + size);
    memcpy(bytes->data + bytes->size, data, size);
    bytes->size += size;
    return 0;
}

/* What the fake drain hands out. */
static const struct mutray__sample *samples;
static size_t sample_count;

static void drain(mutray__visit visit, void *context, struct mutray__totals *ret_totals)
{
    for (size_t i = 0; i < sample_count; i++)
        visit(&samples[i], context);
    memset(ret_totals, 0, sizeof *ret_totals);
    ret_totals->threads = 3;
    ret_totals->sites = 11;
    ret_totals->locks = 5;
    ret_totals->lost.stacks_folded = 77;
}

static struct bytes inflate_all(const struct bytes *packed)
{
    struct bytes plain = {.data = malloc(1), .size = 0};
    unsigned char part[4096];
    z_stream z = {.next_in = packed->data, .avail_in = (uInt)packed->size};
    assert_int_equal(inflateInit2(&z, 15 + 16), Z_OK);
    int result;
    do {
        z.next_out = part;
        z.avail_out = sizeof part;
        result = inflate(&z, Z_NO_FLUSH);
        assert_true(result == Z_OK || result == Z_STREAM_END);
        keep(&plain, part, sizeof part - z.avail_out);
    } while (result != Z_STREAM_END);
    assert_int_equal(z.avail_in, 0);
    inflateEnd(&z);
    return plain;
}

static struct mutray__options options = {.capture_pct = 2.5, .wait_period_us = 100, .upscale = true};
static const struct mutray__profile_facts facts = {
    .start_ns = 1700000000123456789, .end_ns = 1700000060123456789, .pid = 99, .program = "guest", .options = &options};
static struct mutray__profile_summary summary;
static struct bytes plain;

/* Encodes the samples and decodes the result. */
static Mutray__Pprof__Profile *round_trip(const struct mutray__sample *list, size_t count)
{
    struct bytes packed = {.data = NULL};
    samples = list;
    sample_count = count;
    mutray__encoder.see_modules();
    assert_int_equal(mutray__encoder.encode(&facts, drain, &(struct mutray__sink){keep, &packed}, &summary), 0);
    free(plain.data);
    plain = inflate_all(&packed);
    free(packed.data);
    Mutray__Pprof__Profile *profile = mutray__pprof__profile__unpack(NULL, plain.size, plain.data);
    assert_non_null(profile);
    return profile;
}

static void let_go(Mutray__Pprof__Profile *profile)
{
    mutray__pprof__profile__free_unpacked(profile, NULL);
}

static const struct mutray__place request = {"/src/shop/cache.c", "cache_get", 151};
static const struct mutray__place holder = {"/src/shop/evict.c", "evict", 88};
static const struct mutray__lock_name cache_lock = {"cache.c:141:lock", "cache.lock", "mutex"};
static const struct mutray__lock_name unknown_lock = {"unknown:0:m", "", "rwlock"};

static struct mutray__sample contended(void)
{
    return (struct mutray__sample){
        .event = MUTRAY__EVENT_ACQUIRE,
        .mode = "",
        .lock = &cache_lock,
        .leaf = &request,
        .thread = {.id = 0x7fff00001000, .native_id = 1234, .name = "worker-1"},
        .count = 2.6,
        .time_ns = 12345.4,
        .contended = true,
        .bucket_ns = 4096,
        .holder = &holder,
        .holder_thread = {.id = 0x7fff00002000, .native_id = 1235, .name = "evictor"},
    };
}

static struct mutray__sample hold(void)
{
    return (struct mutray__sample){
        .event = MUTRAY__EVENT_RELEASE,
        .mode = "read",
        .lock = &unknown_lock,
        .leaf = &request,
        .thread = {.id = 0x7fff00001000, .native_id = 1234, .name = ""},
        .count = 100,
        .time_ns = 5e6,
        .bucket_ns = 32768,
    };
}

static const char *text(const Mutray__Pprof__Profile *profile, int64_t index)
{
    assert_in_range(index, 0, profile->n_string_table - 1);
    return profile->string_table[index];
}

/* "key=text" or "key=number unit", all labels in their order, separated by "; ". */
static const char *labels(const Mutray__Pprof__Profile *profile, const Mutray__Pprof__Sample *sample)
{
    static char line[2048];
    size_t length = 0;
    line[0] = '\0';
    for (size_t i = 0; i < sample->n_label; i++) {
        const Mutray__Pprof__Label *label = sample->label[i];
        const char *key = text(profile, label->key), *separator = i == 0 ? "" : "; ";
        if (label->str != 0)
            length += (size_t)sprintf(line + length, "%s%s=%s", separator, key, text(profile, label->str));
        else
            length += (size_t)sprintf(line + length, "%s%s=%lld%s%s", separator, key, (long long)label->num,
                                      label->num_unit != 0 ? " " : "", text(profile, label->num_unit));
    }
    return line;
}

static void test_contended_acquire(void **state)
{
    (void)state;
    struct mutray__sample sample = contended();
    Mutray__Pprof__Profile *profile = round_trip(&sample, 1);
    assert_int_equal(profile->n_sample, 1);
    assert_int_equal(summary.samples, 1);
    const Mutray__Pprof__Sample *found = profile->sample[0];
    assert_int_equal(found->n_value, 4);
    assert_int_equal(found->value[0], 12345);
    assert_int_equal(found->value[1], 3);
    assert_int_equal(found->value[2], 0);
    assert_int_equal(found->value[3], 0);
    assert_string_equal(labels(profile, found),
                        "lock name=cache.c:141:lock; lock declaration=cache.lock; lock kind=mutex; "
                        "holder=evict.c:88:evict; holder thread=evictor; wait bucket=4096 nanoseconds; "
                        "thread id=140733193392128; thread native id=1234; thread name=worker-1");
    let_go(profile);
}

static void test_uncontended_acquire_has_no_wait_bucket(void **state)
{
    (void)state;
    struct mutray__sample sample = contended();
    sample.contended = false;
    sample.time_ns = 0;
    sample.count = 0.25;
    Mutray__Pprof__Profile *profile = round_trip(&sample, 1);
    assert_int_equal(profile->sample[0]->value[0], 0);
    assert_int_equal(profile->sample[0]->value[1], 1); /* seen, so at least once */
    assert_null(strstr(labels(profile, profile->sample[0]), "bucket"));
    assert_null(strstr(labels(profile, profile->sample[0]), "holder"));
    let_go(profile);
}

static void test_release(void **state)
{
    (void)state;
    struct mutray__sample sample = hold();
    Mutray__Pprof__Profile *profile = round_trip(&sample, 1);
    const Mutray__Pprof__Sample *found = profile->sample[0];
    assert_int_equal(found->value[0], 0);
    assert_int_equal(found->value[1], 0);
    assert_int_equal(found->value[2], 5000000);
    assert_int_equal(found->value[3], 100);
    assert_string_equal(labels(profile, found),
                        "lock name=unknown:0:m; lock kind=rwlock; lock mode=read; hold bucket=32768 nanoseconds; "
                        "thread id=140733193392128; thread native id=1234");
    let_go(profile);
}

static void test_holder_without_a_name(void **state)
{
    (void)state;
    struct mutray__sample sample = contended();
    sample.holder_thread.name = "";
    sample.bucket_ns = 0;
    Mutray__Pprof__Profile *profile = round_trip(&sample, 1);
    assert_non_null(strstr(labels(profile, profile->sample[0]), "; holder thread=1235; wait bucket=0 nanoseconds; "));
    let_go(profile);
    sample.holder = NULL;
    sample.holder_thread = (struct mutray__thread_label){.name = ""};
    profile = round_trip(&sample, 1);
    assert_null(strstr(labels(profile, profile->sample[0]), "holder"));
    let_go(profile);
}

/* Ids of spans have 64 bits; a label's number has a sign, so the upper half of them are negative there. */
static void test_timeline_and_spans(void **state)
{
    (void)state;
    struct mutray__sample sample = hold();
    sample.thread.name = "worker-1";
    sample.span_id = UINT64_C(0xfffffffffffffffe);
    sample.local_root_span_id = 77;
    sample.end_ns = UINT64_C(1767225600123456789);
    Mutray__Pprof__Profile *profile = round_trip(&sample, 1);
    assert_non_null(strstr(labels(profile, profile->sample[0]),
                           "; thread name=worker-1; span id=-2; local root span id=77; end_timestamp_ns=1767225600123456789"));
    let_go(profile);
    sample.local_root_span_id = 0;
    profile = round_trip(&sample, 1);
    assert_non_null(strstr(labels(profile, profile->sample[0]), "; span id=-2; end_timestamp_ns="));
    let_go(profile);
}

static void test_huge_and_negative_values(void **state)
{
    (void)state;
    struct mutray__sample sample = hold();
    sample.time_ns = 1e30;
    Mutray__Pprof__Profile *profile = round_trip(&sample, 1);
    assert_true(profile->sample[0]->value[2] == INT64_MAX);
    let_go(profile);
    sample.time_ns = -5;
    sample.thread.id = UINT64_MAX;
    profile = round_trip(&sample, 1);
    assert_int_equal(profile->sample[0]->value[2], 0);
    assert_non_null(strstr(labels(profile, profile->sample[0]), "thread id=-1;"));
    let_go(profile);
}

static void test_head(void **state)
{
    (void)state;
    static const char *const types[] = {"lock-acquire-wait", "lock-acquire", "lock-release-hold", "lock-release"};
    static const char *const units[] = {"nanoseconds", "count", "nanoseconds", "count"};
    Mutray__Pprof__Profile *profile = round_trip(NULL, 0);
    assert_int_equal(profile->n_sample, 0);
    assert_int_equal(profile->n_sample_type, 4);
    for (int i = 0; i < 4; i++) {
        assert_string_equal(text(profile, profile->sample_type[i]->type), types[i]);
        assert_string_equal(text(profile, profile->sample_type[i]->unit), units[i]);
    }
    assert_string_equal(text(profile, profile->default_sample_type), "lock-acquire-wait");
    assert_string_equal(text(profile, profile->period_type->type), "lock-acquire-wait");
    assert_string_equal(text(profile, profile->period_type->unit), "nanoseconds");
    assert_int_equal(profile->period, 1);
    assert_true(profile->time_nanos == facts.start_ns);
    assert_true(profile->duration_nanos == 60000000000);
    assert_string_equal(profile->string_table[0], "");
    let_go(profile);
}

static void assert_comment(const Mutray__Pprof__Profile *profile, const char *expected)
{
    for (size_t i = 0; i < profile->n_comment; i++)
        if (strcmp(text(profile, profile->comment[i]), expected) == 0)
            return;
    fail_msg("no comment %s", expected);
}

static void test_comments(void **state)
{
    (void)state;
    Mutray__Pprof__Profile *profile = round_trip(NULL, 0);
    assert_comment(profile, "mutray.version=" MUTRAY_VERSION);
    assert_comment(profile, "mutray.program=guest");
    assert_comment(profile, "mutray.pid=99");
    assert_comment(profile, "mutray.capture_pct=2.5");
    assert_comment(profile, "mutray.wait_period_ns=100000");
    assert_comment(profile, "mutray.upscale=1");
    assert_comment(profile, "mutray.threads=3");
    assert_comment(profile, "mutray.sites=11");
    assert_comment(profile, "mutray.locks=5");
    assert_comment(profile, "mutray.stacks_folded=77");
#define X(name, meaning)                                                                                               \
    if (strcmp(#name, "stacks_folded") != 0)                                                                           \
        assert_comment(profile, "mutray." #name "=0");
    MUTRAY__LOSSES(X)
#undef X
    let_go(profile);
}

static const Mutray__Pprof__Location *location(const Mutray__Pprof__Profile *profile, size_t sample, size_t index)
{
    uint64_t id = profile->sample[sample]->location_id[index];
    assert_in_range(id, 1, profile->n_location);
    assert_int_equal(profile->location[id - 1]->id, id); /* dense, in order */
    return profile->location[id - 1];
}

static const char *function(const Mutray__Pprof__Profile *profile, const Mutray__Pprof__Location *found)
{
    uint64_t id = found->line[0]->function_id;
    assert_in_range(id, 1, profile->n_function);
    assert_int_equal(profile->function[id - 1]->id, id);
    assert_int_equal(profile->function[id - 1]->system_name, 0); /* nothing for readers to demangle */
    return text(profile, profile->function[id - 1]->name);
}

static void test_leaf_is_the_call(void **state)
{
    (void)state;
    struct mutray__sample sample = contended();
    Mutray__Pprof__Profile *profile = round_trip(&sample, 1);
    const Mutray__Pprof__Location *leaf = location(profile, 0, 0);
    assert_int_equal(leaf->address, 0);
    assert_int_equal(leaf->mapping_id, 0);
    assert_int_equal(leaf->n_line, 1);
    assert_int_equal(leaf->line[0]->line, 151);
    assert_string_equal(function(profile, leaf), "cache_get");
    assert_string_equal(text(profile, profile->function[leaf->line[0]->function_id - 1]->filename),
                        "/src/shop/cache.c");
    let_go(profile);
}

__attribute__((noinline)) static uintptr_t inner(void)
{
    return (uintptr_t)__builtin_return_address(0);
}

__attribute__((noinline)) static uintptr_t outer_caller(void)
{
    uintptr_t address = inner();
    __asm__ volatile("" : "+r"(address)); /* no tail call */
    return address;
}

/* Plays a function that the tool puts into a program, here not inlined. */
__attribute__((noinline)) static uintptr_t mutray__at_5(void)
{
    uintptr_t address = inner();
    __asm__ volatile("nop" : "+r"(address)); /* unlike outer_caller(), or the compiler makes one of the two */
    return address;
}

static void test_callers_by_name(void **state)
{
    (void)state;
    uintptr_t in_libc = (uintptr_t)qsort + 1;
    uintptr_t frames[] = {mutray__at_5(), outer_caller(), in_libc, 0x10, outer_caller()};
    struct mutray__sample sample = contended();
    sample.frames = frames;
    sample.frame_count = 5;
    sample.truncated = true;
    Mutray__Pprof__Profile *profile = round_trip(&sample, 1);
    /* Our own function is left out; what is no code ends the stack, which is then not cut by the limit. */
    assert_int_equal(profile->sample[0]->n_location_id, 3);
    const Mutray__Pprof__Location *caller = location(profile, 0, 1), *libc = location(profile, 0, 2);
    assert_true(caller->address == frames[1] - 1);
    assert_int_equal(caller->mapping_id, 1);
    assert_string_equal(function(profile, caller), "outer_caller");
    assert_string_equal(function(profile, libc), "qsort");
    let_go(profile);
}

static void test_mappings(void **state)
{
    (void)state;
    uintptr_t frames[] = {outer_caller(), (uintptr_t)qsort + 1};
    struct mutray__sample sample = contended();
    char program[512] = "";
    assert_true(readlink("/proc/self/exe", program, sizeof program - 1) > 0);
    sample.frames = frames;
    sample.frame_count = 2;
    Mutray__Pprof__Profile *profile = round_trip(&sample, 1);
    assert_int_equal(profile->n_mapping, 2);
    for (size_t i = 0; i < 2; i++) {
        const Mutray__Pprof__Mapping *mapping = profile->mapping[i];
        assert_int_equal(mapping->id, i + 1);
        assert_true(mapping->memory_start < frames[i] && frames[i] <= mapping->memory_limit);
        assert_true(mapping->has_functions);
        assert_false(mapping->has_line_numbers);
        assert_int_equal(strspn(text(profile, mapping->build_id), "0123456789abcdef"), 40);
    }
    assert_string_equal(text(profile, profile->mapping[0]->filename), program);
    assert_non_null(strstr(text(profile, profile->mapping[1]->filename), "/lib")); /* libc's, or a sanitizer's qsort */
    let_go(profile);
}

static void test_cut_stacks_say_so(void **state)
{
    (void)state;
    uintptr_t frames[700];
    for (size_t i = 0; i < 700; i++)
        frames[i] = outer_caller();
    struct mutray__sample sample = contended();
    sample.frames = frames;
    sample.frame_count = 10;
    sample.truncated = true;
    Mutray__Pprof__Profile *profile = round_trip(&sample, 1);
    assert_int_equal(profile->sample[0]->n_location_id, 12);
    const Mutray__Pprof__Location *root = location(profile, 0, 11);
    assert_string_equal(function(profile, root), "<1 frame omitted>");
    assert_int_equal(root->line[0]->line, 0);
    let_go(profile);
    sample.frame_count = 700;
    sample.truncated = false;
    profile = round_trip(&sample, 1);
    assert_int_equal(profile->sample[0]->n_location_id, 600);
    assert_string_equal(function(profile, location(profile, 0, 599)), "<1 frame omitted>");
    let_go(profile);
}

static void test_tables_hold_each_thing_once(void **state)
{
    (void)state;
    uintptr_t frames[] = {outer_caller()};
    struct mutray__sample list[3000];
    for (size_t i = 0; i < 3000; i++) {
        list[i] = i % 2 == 0 ? contended() : hold();
        list[i].frames = frames;
        list[i].frame_count = 1;
    }
    Mutray__Pprof__Profile *profile = round_trip(list, 3000);
    assert_int_equal(profile->n_sample, 3000);
    assert_int_equal(profile->n_location, 2);
    assert_int_equal(profile->n_function, 2);
    for (size_t i = 0; i < profile->n_string_table; i++)
        for (size_t j = i + 1; j < profile->n_string_table; j++)
            assert_string_not_equal(profile->string_table[i], profile->string_table[j]);
    let_go(profile);
}

/* libdatadog's order of fields: 2 1 3 4 5 6 and the rest. */
static void test_order_on_the_wire(void **state)
{
    (void)state;
    uintptr_t frames[] = {outer_caller()};
    struct mutray__sample list[] = {contended(), hold()};
    list[0].frames = frames;
    list[0].frame_count = 1;
    let_go(round_trip(list, 2));
    static const int rank[] = {0, 2, 1, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
    int last = 0;
    for (size_t at = 0; at < plain.size;) {
        unsigned field = plain.data[at] >> 3, wire = plain.data[at] & 7;
        uint64_t value = 0;
        assert_true(field < 16 && rank[field] >= last);
        last = rank[field];
        at++;
        for (unsigned shift = 0;; shift += 7) {
            value |= (uint64_t)(plain.data[at] & 0x7f) << shift;
            if (!(plain.data[at++] & 0x80))
                break;
        }
        at += wire == 2 ? value : 0;
    }
    assert_int_equal(last, 14);
}

static void test_sink_errors_are_returned(void **state)
{
    (void)state;
    struct bytes packed = {.data = NULL, .fail_after = 1};
    struct mutray__sample sample = contended();
    samples = &sample;
    sample_count = 1;
    assert_int_equal(mutray__encoder.encode(&facts, drain, &(struct mutray__sink){keep, &packed}, &summary), -ENOSPC);
    free(packed.data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_contended_acquire),
        cmocka_unit_test(test_uncontended_acquire_has_no_wait_bucket),
        cmocka_unit_test(test_release),
        cmocka_unit_test(test_holder_without_a_name),
        cmocka_unit_test(test_timeline_and_spans),
        cmocka_unit_test(test_huge_and_negative_values),
        cmocka_unit_test(test_head),
        cmocka_unit_test(test_comments),
        cmocka_unit_test(test_leaf_is_the_call),
        cmocka_unit_test(test_callers_by_name),
        cmocka_unit_test(test_mappings),
        cmocka_unit_test(test_cut_stacks_say_so),
        cmocka_unit_test(test_tables_hold_each_thing_once),
        cmocka_unit_test(test_order_on_the_wire),
        cmocka_unit_test(test_sink_errors_are_returned),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    free(plain.data);
    return failed;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A thread's stack is found by what it has in common with the last one. Here a program calls at random, with frames of
 * random sizes at the same places again and again, and each stack found is held against a plain walk.
 */
#include "thread.h"

#include <alloca.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define CALLS 60000
#define NOINLINE __attribute__((noinline))

static struct mutray__trail *trail;
static struct mutray__stack_bounds bounds;
static unsigned limit, checked;
static uint64_t state;

static unsigned any(unsigned below)
{
    return (unsigned)(mutray__random_next(&state) >> 33) % below;
}

/* As simple as a walk can be. */
static bool is_stack(const struct mutray__stack *stack, const uintptr_t *frame)
{
    uintptr_t frames[600];
    unsigned count = 0;
    const uintptr_t *caller = (const uintptr_t *)frame[0];
    while (caller > frame && (uintptr_t)caller <= bounds.high - 16 && (uintptr_t)caller % 8 == 0 && count < limit) {
        frames[count++] = caller[1];
        frame = caller;
        caller = (const uintptr_t *)caller[0];
    }
    bool more = count == limit && caller > frame && (uintptr_t)caller <= bounds.high - 16 && caller[1] != 0;
    if (count > 0 && frames[count - 1] == 0)
        count--;
    return stack->truncated == more && stack->count == count &&
           memcmp(stack->frames, frames, count * sizeof *frames) == 0;
}

static NOINLINE void check(void)
{
    uint32_t generation;
    const void *frame = __builtin_frame_address(0);
    uint32_t ref = mutray__stack_capture(&trail, frame, &bounds, &generation);
    const struct mutray__stack *stack = mutray__stack_at(ref, generation);
    assert_non_null(stack);
    assert_true(is_stack(stack, frame));
    checked++;
}

static void descend(unsigned depth);

#define CALLER(name)                                                                                                   \
    static NOINLINE void name(unsigned depth)                                                                          \
    {                                                                                                                  \
        volatile char *room = alloca(16 * (1 + any(3)));                                                               \
        room[0] = 0;                                                                                                   \
        check();                                                                                                       \
        descend(depth);                                                                                                \
        if (any(2) == 0)                                                                                               \
            check();                                                                                                   \
        room[0] = 1;                                                                                                   \
    }
CALLER(one)
CALLER(two)
CALLER(three)

static NOINLINE void descend(unsigned depth)
{
    static void (*const callers[])(unsigned) = {one, two, three};
    for (unsigned times = any(3); times > 0 && depth > 0 && checked < CALLS; times--)
        callers[any(3)](depth - 1);
}

static void walk_at_random(unsigned frames, unsigned depth)
{
    limit = frames;
    mutray__stacks_clear();
    trail = mutray__trail_new(frames);
    assert_non_null(trail);
    for (checked = 0; checked < CALLS;)
        one(any(depth));
    mutray__pool_put(trail);
}

static void shallow(void **unused)
{
    (void)unused;
    walk_at_random(63, 12);
}

static void deeper_than_the_trail_at_first(void **unused)
{
    (void)unused;
    walk_at_random(598, 200);
}

static void deeper_than_allowed(void **unused)
{
    (void)unused;
    walk_at_random(20, 60);
    walk_at_random(1, 10);
}

/* What other stacks hold is not looked at, wherever their frames lead. */
static void elsewhere(void **unused)
{
    (void)unused;
    uint32_t generation;
    uintptr_t lies[] = {(uintptr_t)__builtin_frame_address(0), 1};
    limit = 63;
    trail = mutray__trail_new(limit);
    assert_non_null(trail);
    check();
    uintptr_t *copy = malloc(sizeof lies);
    memcpy(copy, lies, sizeof lies);
    uint32_t ref = mutray__stack_capture(&trail, copy, &bounds, &generation);
    const struct mutray__stack *stack = mutray__stack_at(ref, generation);
    assert_non_null(stack);
    assert_int_equal(stack->count, 0);
    assert_false(stack->truncated);
    free(copy);
    check();
    mutray__pool_put(trail);
}

static void stacks_grow_old(void **unused)
{
    (void)unused;
    uint32_t generation;
    limit = 63;
    trail = mutray__trail_new(limit);
    one(0);
    uint32_t ref = trail->ref, before = trail->generation;
    atomic_fetch_add(&mutray__stacks_current, 2); /* as two drains do that find the memory full */
    mutray__stacks_clear();
    assert_null(mutray__stack_at(ref, before));
    one(0);
    ref = mutray__stack_capture(&trail, __builtin_frame_address(0), &bounds, &generation);
    assert_int_equal(generation, before + 2);
    assert_non_null(mutray__stack_at(ref, generation));
    mutray__pool_put(trail);
}

static int begin(void **unused)
{
    (void)unused;
    if (mutray__memory_open((size_t)1 << 30) != 0 || mutray__stacks_open() != 0)
        return -1;
    mutray__stack_open();
    bounds = mutray__stack_bounds();
    state = mutray__random_seed(20);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shallow),
        cmocka_unit_test(deeper_than_the_trail_at_first),
        cmocka_unit_test(deeper_than_allowed),
        cmocka_unit_test(elsewhere),
        cmocka_unit_test(stacks_grow_old),
    };
    return cmocka_run_group_tests(tests, begin, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who called the function that takes the lock? Frame pointers tell, at 1 ns per frame, where everything else costs
 * microseconds and may lock or allocate. The walk must survive anything: code without frame pointers, coroutines,
 * signal stacks. So it reads only what is known to be mapped: between the current frame and the top of the thread's own
 * stack (bounds.c), and only if the current frame lies on that stack. Elsewhere the stack is the call alone, which the
 * site tells.
 *
 * Most stacks are the thread's last one again, or differ in the innermost frames only. So the thread keeps its trail:
 * each frame's place and two words. A frame at a place of the trail whose words are still the same has the same callers
 * if those have their words, too, and to compare them all, at places known beforehand, costs a third of a walk. Nothing
 * is taken on trust: a frame that was left and entered again from elsewhere shows in the words of its callers.
 */
#include "stack.h"

#include <stdatomic.h>
#include <string.h>

/* Whether a frame's word for its caller's frame can be true: further up the stack. */
static inline bool is_caller(uintptr_t caller, uintptr_t frame, uintptr_t highest)
{
    return caller > frame && caller <= highest && caller % sizeof(uintptr_t) == 0;
}

#if defined(__x86_64__) || defined(__aarch64__)
#define HAVE_FRAMES 1
#else
#define HAVE_FRAMES 0
#endif
#define UNCHECKED __attribute__((no_sanitize("address", "thread")))
#define FRESH 16 /* frames that may come before the first known one */

#define TRAIL_SIZE(room) (sizeof(struct mutray__trail) + (room) * sizeof(struct mutray__step))
#define SMALLEST_TRAIL 1008 /* and twice as much and a little each time: a block of the pool without its header */

/* Two words at once. */
typedef uintptr_t words __attribute__((vector_size(2 * sizeof(uintptr_t)), aligned(sizeof(uintptr_t)), may_alias));

struct mutray__trail *mutray__trail_new(unsigned limit)
{
    size_t most = (SMALLEST_TRAIL - sizeof(struct mutray__trail)) / sizeof(struct mutray__step);
    unsigned room = limit < most ? limit : (unsigned)most;
    struct mutray__trail *trail = limit != 0 ? mutray__pool_get(TRAIL_SIZE(room)) : NULL;
    if (trail != NULL) {
        trail->room = trail->first = room;
        trail->limit = limit;
    }
    return trail;
}

/* Makes room for deeper stacks; false if that is not allowed or there is no memory. */
static bool grow(struct mutray__trail **at)
{
    struct mutray__trail *trail = *at;
    unsigned room = trail->room * 2 < trail->limit ? trail->room * 2 : trail->limit;
    struct mutray__trail *larger = room > trail->room ? mutray__pool_get(TRAIL_SIZE(room)) : NULL;
    if (larger == NULL)
        return false;
    larger->room = larger->first = room;
    larger->limit = trail->limit;
    *at = larger;
    mutray__pool_put(trail);
    return true;
}

/* Whether the steps of the trail from one that lies at `place` on are what is in memory. */
UNCHECKED static inline bool is_unchanged(const struct mutray__trail *trail, unsigned from, uintptr_t place)
{
    words difference = {0, 0};
    const struct mutray__step *step = &trail->steps[from], *end = &trail->steps[trail->room];
#pragma GCC unroll 4
    for (; step < end; step++) {
        difference |= *(const words *)place ^ *(const words *)step;
        place = step->caller;
    }
    return (difference[0] | difference[1]) == 0;
}

/* While steps are written the trail is empty: a signal handler that is left by longjmp may be the end of that. */
static void forget(struct mutray__trail *trail)
{
    trail->ref = 0;
    trail->place = 0;
    trail->first = trail->room;
    atomic_signal_fence(memory_order_seq_cst);
}

static void remember(struct mutray__trail *trail, unsigned first, uintptr_t place)
{
    atomic_signal_fence(memory_order_seq_cst);
    trail->place = place;
    trail->first = first;
}

static void hash_steps(struct mutray__trail *trail, unsigned begin, unsigned end)
{
    uint64_t hash = end < trail->room ? trail->steps[end].hash : 0;
    for (unsigned i = end; i-- > begin;) {
        struct mutray__step *step = &trail->steps[i];
        if (step->return_address != 0)
            hash = mutray__hash_number(hash, step->return_address);
        step->hash = hash;
    }
}

/*
 * Exchanges the innermost steps for those that have changed. False: nothing is known of the rest, or a stack that was
 * cut would have to be cut elsewhere.
 */
UNCHECKED static bool follow_trail(struct mutray__trail *trail, uintptr_t frame, uintptr_t highest)
{
    struct mutray__step fresh[FRESH];
    unsigned count = 0, at = trail->first;
    uintptr_t place = trail->place, caller = ((const struct mutray__step *)frame)->caller, innermost = caller;
    for (;; caller = fresh[count++].caller) {
        while (at < trail->room && place < caller)
            place = trail->steps[at++].caller;
        if (at < trail->room && place == caller)
            break;
        if (count == FRESH || !is_caller(caller, frame, highest))
            return false;
        frame = caller;
        fresh[count].caller = ((const struct mutray__step *)frame)->caller;
        fresh[count].return_address = ((const struct mutray__step *)frame)->return_address;
    }
    if (count > at || (trail->truncated && count != at - trail->first) || !is_unchanged(trail, at, place))
        return false;
    forget(trail);
    for (unsigned i = 0; i < count; i++)
        trail->steps[at - count + i] = fresh[i];
    hash_steps(trail, at - count, at);
    remember(trail, at - count, innermost);
    return true;
}

/* Walks the whole stack. False: the trail is too short, and longer ones are allowed. */
UNCHECKED static bool walk(struct mutray__trail *trail, uintptr_t frame, uintptr_t highest)
{
    unsigned count = 0;
    uintptr_t caller = ((const struct mutray__step *)frame)->caller, innermost = caller;
    forget(trail);
    for (; count < trail->room && is_caller(caller, frame, highest); count++) {
        frame = caller;
        trail->steps[count].caller = caller = ((const struct mutray__step *)frame)->caller;
        trail->steps[count].return_address = ((const struct mutray__step *)frame)->return_address;
    }
    trail->truncated = count == trail->room && is_caller(caller, frame, highest) &&
                       ((const struct mutray__step *)caller)->return_address != 0;
    unsigned first = trail->room - count;
    memmove(&trail->steps[first], trail->steps, count * sizeof *trail->steps);
    hash_steps(trail, first, trail->room);
    remember(trail, first, innermost);
    return !trail->truncated || trail->room == trail->limit;
}

static __attribute__((noinline)) uint32_t capture_changed(struct mutray__trail **at, uintptr_t frame,
                                                          const struct mutray__stack_bounds *bounds)
{
    uintptr_t highest = bounds->high - 2 * sizeof(uintptr_t);
    struct mutray__trail *trail = *at;
    trail->ref = 0;
    if (!HAVE_FRAMES || frame >= bounds->high || !is_caller(frame, bounds->low, highest)) {
        forget(trail);
        trail->truncated = false;
    } else if (trail->first == trail->room || !follow_trail(trail, frame, highest)) {
        while (!walk(trail, frame, highest) && grow(at))
            trail = *at;
    }
    trail->ref = mutray__stack_keep(trail, &trail->generation);
    return trail->ref;
}

UNCHECKED uint32_t mutray__stack_capture(struct mutray__trail **at, const void *start,
                                         const struct mutray__stack_bounds *bounds, uint32_t *ret_generation)
{
    struct mutray__trail *trail = *at;
    uintptr_t frame = (uintptr_t)start, place = ((const struct mutray__step *)frame)->caller;
    uint32_t ref = trail->ref;
    if (!__builtin_expect(place == trail->place && frame > bounds->low && frame < place && ref != 0 &&
                              trail->generation == mutray__stacks_generation() &&
                              is_unchanged(trail, trail->first, place),
                          1)) {
        ref = capture_changed(at, frame, bounds);
        trail = *at;
    }
    *ret_generation = trail->generation & 0xffff;
    return ref;
}

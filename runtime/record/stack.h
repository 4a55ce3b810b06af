/* SPDX-License-Identifier: Apache-2.0 */
/* Capturing stacks, and keeping each once; see stack.c and stacks.c. */
#ifndef MUTRAY_STACK_H
#define MUTRAY_STACK_H

#include "set.h"

/* Where the thread's own stack lies; both 0 if that could not be found out. */
struct mutray__stack_bounds {
    uintptr_t low, high;
};

/* Finds out what is needed to know bounds; of the main thread, and in one that is not. At safe points only. */
void mutray__stack_open(void);
void mutray__stack_calibrate(void);
/* What calibrating found out, 0 if nothing; and telling a process that cannot, from one with the same C library. */
size_t mutray__stack_descriptor(void);
void mutray__stack_use_descriptor(size_t offset);
/* The calling thread's bounds. No system call, no lock. */
struct mutray__stack_bounds mutray__stack_bounds(void);

/* A frame, as the compiler lays it out at the frame pointer, and what the addresses from here outwards hash to. */
struct mutray__step {
    uintptr_t caller, return_address;
    uint64_t hash;
};

/* The stack that a thread captured last. The next one is found faster by what it has in common with this one. */
struct mutray__trail {
    unsigned room, limit;     /* how many steps there can be, now and ever */
    unsigned first;           /* the innermost step; the outermost is the last that there is room for */
    uint32_t ref, generation; /* in stacks.c; 0: nothing is known */
    bool truncated;
    uintptr_t place;          /* where the innermost frame lies */
    struct mutray__step steps[];
};

/* From the pool; null without memory, or for stacks that have no callers. */
struct mutray__trail *mutray__trail_new(unsigned limit);
/*
 * The stack above `frame`, which is a frame of the runtime's, called by the program's function that contains the call
 * (the leaf, which is not part of it). Its number (0: no room) and the generation it belongs to.
 */
uint32_t mutray__stack_capture(struct mutray__trail **trail, const void *frame,
                               const struct mutray__stack_bounds *bounds, uint32_t *ret_generation);

/* --- stacks.c --- */

struct mutray__stack {
    struct mutray__node node;
    uint32_t count;
    bool truncated;
    uintptr_t frames[];
};

int mutray__stacks_open(void);
/* The number of the stack that the trail shows (0: no room), and the generation it belongs to. */
uint32_t mutray__stack_keep(const struct mutray__trail *trail, uint32_t *ret_generation);
/* Of the stacks that are kept now. */
extern _Atomic uint32_t mutray__stacks_current;
static inline uint32_t mutray__stacks_generation(void)
{
    return atomic_load_explicit(&mutray__stacks_current, memory_order_acquire);
}
/* Null for 0 and for a stack that is gone. */
const struct mutray__stack *mutray__stack_at(uint32_t ref, uint32_t generation);
/* Once per drain, when nothing but locks still held refers to the stacks of earlier drains. */
void mutray__stacks_age(void);
/* In a forked child. Async-signal-safe. */
void mutray__stacks_clear(void);

#endif

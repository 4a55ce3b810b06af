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
/* The calling thread's bounds. No system call, no lock. */
struct mutray__stack_bounds mutray__stack_bounds(void);
/* A captured stack: return addresses, innermost first, in memory of the caller's. */
struct mutray__walk {
    uintptr_t *frames;
    uint64_t hash;
    unsigned count;
    bool truncated;
};
/*
 * Fills `walk` with the return addresses above `frame`, at most `limit`. `frame` is a frame of the
 * runtime's called by the program's function that contains the call (the leaf, not written).
 */
void mutray__stack_walk(const void *frame, const struct mutray__stack_bounds *bounds, unsigned limit,
                        struct mutray__walk *walk);

/* --- stacks.c --- */

struct mutray__stack {
    struct mutray__node node;
    uint32_t count;
    bool truncated;
    uintptr_t frames[];
};

int mutray__stacks_open(void);
/* The number of a stack (0: no room) and the generation it belongs to. */
uint32_t mutray__stack_keep(const struct mutray__walk *walk, uint32_t *ret_generation);
/* Of the stacks that are kept now. */
uint32_t mutray__stacks_generation(void);
/* Null for 0 and for a stack that is gone. */
const struct mutray__stack *mutray__stack_at(uint32_t ref, uint32_t generation);
/* Once per drain, when nothing but locks still held refers to the stacks of earlier drains. */
void mutray__stacks_age(void);
/* In a forked child. Async-signal-safe. */
void mutray__stacks_clear(void);

#endif

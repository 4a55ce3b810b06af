/* SPDX-License-Identifier: Apache-2.0 */
/*
 * All stacks of some profiles, with the lock as innermost frame: the form that viewers without labels understand
 * (folded stacks, speedscope, flame graphs). Each distinct stack is there once, with its four values added up.
 */
#ifndef MUTRAY_PROFILE_STACKS_H
#define MUTRAY_PROFILE_STACKS_H

#include "profile/table.h"

struct mutray_stack_frame {
    const char *name; /* a function; of a lock the name that people are shown */
    const char *file; /* "" of a lock */
    int64_t line;
    const char *lock; /* "pool.c:31:lock" if it is a lock, else null */
};

struct mutray_stack {
    const uint32_t *frames; /* positions in `frames`, outermost first; the last is the lock */
    size_t count;
    double values[MUTRAY_VALUE_COUNT];
};

struct mutray_stacks {
    struct mutray_stack_frame *frames;
    struct mutray_stack **stacks;
    size_t frame_count, count;
    struct mutray_table *table; /* of the same files */
    struct mutray_stacks_work *work;
};

/* Dies with a message on a file that is wrong. `filter` (may be null) chooses locks, as in the table. */
struct mutray_stacks *mutray_stacks_of_files(const char *const *paths, size_t count, const char *filter);
void mutray_stacks_free(struct mutray_stacks *stacks);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * All stacks of some profiles, with the lock as innermost frame: the form that viewers without labels understand
 * (folded stacks, speedscope, flame graphs). Each distinct stack is there once, with its four values added up.
 */
#ifndef MUTRAY_PROFILE_STACKS_H
#define MUTRAY_PROFILE_STACKS_H

#include "profile/view.h"

struct mutray_stack_frame {
    const char *name; /* a function; of a lock the name that people are shown */
    const char *file; /* "" of a lock */
    int64_t line;
    const char *lock; /* "pool.c:31:lock" if it is a lock, else null */
    size_t row;       /* of a lock: position in `rows` */
};

struct mutray_stack {
    double values[MUTRAY_VALUE_COUNT];
    uint32_t count;
    uint32_t frames[]; /* positions in `frames`, outermost first; the last is the lock */
};

struct mutray_stacks {
    struct mutray_stack_frame *frames;
    struct mutray_stack **stacks;
    size_t frame_count, count;
    struct mutray_table *table; /* of the same files */
    struct mutray_rows rows;    /* the locks that were chosen */
    size_t file_count;
    struct mutray_stacks_work *work;
};

/* Dies with a message on a file that is wrong. `filter` (may be null) chooses locks, as in the table. */
struct mutray_stacks *mutray_stacks_of_files(const char *const *paths, size_t count, const char *filter);
/* One of the files, and a visit to its samples of chosen locks; `row` is a position in `rows`. */
const struct mutray_profile *mutray_stacks_file(const struct mutray_stacks *stacks, size_t file);
void mutray_stacks_visit(const struct mutray_stacks *stacks, size_t file,
                         void (*visit)(const struct mutray_lock_sample *sample, size_t row, void *context),
                         void *context);
void mutray_stacks_free(struct mutray_stacks *stacks);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Stacks, added up. The files are read first into a table, since what a lock is called depends on the others; then
 * their samples are visited again. Frames become numbers, stacks arrays of numbers, both found by hash.
 */
#include "profile/stacks.h"

#include "profile/view.h"

#include <stdlib.h>
#include <string.h>
#include <uthash.h>

struct frame_entry {
    uint32_t number;
    UT_hash_handle hh;
    char key[]; /* line, then file, name and, of a lock, its name, each with its end */
};

struct stack_entry {
    struct mutray_stack stack;
    UT_hash_handle hh;
    uint32_t frames[];
};

struct mutray_stacks_work {
    struct mutray_profile **profiles;
    size_t profile_count, frame_capacity;
    struct frame_entry *frame_entries;
    struct stack_entry *stack_entries;
    const struct mutray_lock_row **chosen; /* rows the filter lets through */
    size_t chosen_count;
};

static uint32_t frame_number(struct mutray_stacks *stacks, const char *name, const char *file, int64_t line,
                             const char *lock)
{
    struct mutray_stacks_work *work = stacks->work;
    size_t file_at = sizeof line, name_at = file_at + strlen(file) + 1, lock_at = name_at + strlen(name) + 1;
    size_t size = lock_at + (lock != NULL ? strlen(lock) + 1 : 0);
    struct frame_entry *fresh = mutray_calloc(1, sizeof *fresh + size), *found;
    memcpy(fresh->key, &line, sizeof line);
    strcpy(fresh->key + file_at, file);
    strcpy(fresh->key + name_at, name);
    if (lock != NULL) strcpy(fresh->key + lock_at, lock);
    HASH_FIND(hh, work->frame_entries, fresh->key, size, found);
    if (found != NULL) {
        free(fresh);
        return found->number;
    }
    fresh->number = (uint32_t)stacks->frame_count;
    HASH_ADD(hh, work->frame_entries, key, size, fresh);
    stacks->frames = mutray_grow(stacks->frames, stacks->frame_count, &work->frame_capacity, sizeof *stacks->frames);
    stacks->frames[stacks->frame_count++] = (struct mutray_stack_frame){
        fresh->key + name_at, fresh->key + file_at, line, lock != NULL ? fresh->key + lock_at : NULL};
    return fresh->number;
}

static struct mutray_stack *stack_of(struct mutray_stacks *stacks, const uint32_t *frames, size_t count)
{
    struct stack_entry *found;
    HASH_FIND(hh, stacks->work->stack_entries, frames, count * sizeof *frames, found);
    if (found == NULL) {
        found = mutray_calloc(1, sizeof *found + count * sizeof *frames);
        memcpy(found->frames, frames, count * sizeof *frames);
        found->stack.frames = found->frames;
        found->stack.count = count;
        HASH_ADD(hh, stacks->work->stack_entries, frames, count * sizeof *frames, found);
    }
    return &found->stack;
}

static bool is_chosen(const struct mutray_stacks_work *work, const struct mutray_lock_row *row)
{
    for (size_t i = 0; i < work->chosen_count; i++) {
        if (work->chosen[i] == row) return true;
    }
    return false;
}

static void add_sample(const struct mutray_lock_sample *sample, void *context)
{
    struct mutray_stacks *stacks = context;
    const struct mutray_lock_row *row = mutray_table_row(stacks->table, sample);
    uint32_t frames[MUTRAY_FRAMES_MAX + 1];
    size_t count = 0;
    if (row == NULL || !is_chosen(stacks->work, row)) return;
    for (size_t i = sample->frame_count; i > 0; i--) {
        const struct mutray_frame *frame = &sample->frames[i - 1];
        frames[count++] = frame_number(stacks, frame->function, frame->file, frame->line, NULL);
    }
    frames[count++] = frame_number(stacks, row->shown, "", 0, row->name);
    struct mutray_stack *stack = stack_of(stacks, frames, count);
    for (int value = 0; value < MUTRAY_VALUE_COUNT; value++) {
        if (sample->values[value] > 0) stack->values[value] += (double)sample->values[value];
    }
}

static void read_files(struct mutray_stacks *stacks, const char *const *paths, size_t count)
{
    struct mutray_stacks_work *work = stacks->work;
    work->profiles = mutray_calloc(count, sizeof *work->profiles);
    for (size_t i = 0; i < count; i++) {
        struct mutray_error error;
        if (mutray_profile_read(paths[i], &error, &work->profiles[i]) < 0 ||
            mutray_table_add(stacks->table, work->profiles[i], &error) < 0) {
            mutray_die("%s: %s", strcmp(paths[i], "-") == 0 ? "standard input" : paths[i], error.text);
        }
        work->profile_count++;
    }
    mutray_table_finish(stacks->table);
}

/* The same order for the same files: by frames, from the outermost on. */
static int compare_stacks(const void *a, const void *b)
{
    const struct mutray_stack *x = *(struct mutray_stack *const *)a, *y = *(struct mutray_stack *const *)b;
    for (size_t i = 0; i < x->count && i < y->count; i++) {
        if (x->frames[i] != y->frames[i]) return x->frames[i] < y->frames[i] ? -1 : 1;
    }
    return (x->count > y->count) - (x->count < y->count);
}

struct mutray_stacks *mutray_stacks_of_files(const char *const *paths, size_t count, const char *filter)
{
    struct mutray_stacks *stacks = mutray_calloc(1, sizeof *stacks);
    struct mutray_stacks_work *work = stacks->work = mutray_calloc(1, sizeof *work);
    stacks->table = mutray_table_new();
    read_files(stacks, paths, count);
    struct mutray_rows rows = mutray_view_rows(stacks->table, &(struct mutray_view){.filter = filter});
    work->chosen = rows.items;
    work->chosen_count = rows.count;
    for (size_t i = 0; i < count; i++) {
        struct mutray_error error; /* the table has visited every sample already */
        if (mutray_profile_visit(work->profiles[i], add_sample, stacks, &error) < 0)
            mutray_die("%s: %s", paths[i], error.text);
    }
    stacks->stacks = mutray_calloc(HASH_COUNT(work->stack_entries), sizeof *stacks->stacks);
    for (struct stack_entry *at = work->stack_entries; at != NULL; at = at->hh.next) {
        stacks->stacks[stacks->count++] = &at->stack;
    }
    qsort(stacks->stacks, stacks->count, sizeof *stacks->stacks, compare_stacks);
    return stacks;
}

void mutray_stacks_free(struct mutray_stacks *stacks)
{
    struct mutray_stacks_work *work = stacks->work;
    struct frame_entry *frame, *next_frame;
    struct stack_entry *stack, *next_stack;
    HASH_ITER (hh, work->frame_entries, frame, next_frame) {
        HASH_DEL(work->frame_entries, frame);
        free(frame);
    }
    HASH_ITER (hh, work->stack_entries, stack, next_stack) {
        HASH_DEL(work->stack_entries, stack);
        free(stack);
    }
    for (size_t i = 0; i < work->profile_count; i++) mutray_profile_free(work->profiles[i]);
    free(work->profiles);
    free(work->chosen);
    mutray_table_free(stacks->table);
    free(stacks->frames);
    free(stacks->stacks);
    free(work);
    free(stacks);
}

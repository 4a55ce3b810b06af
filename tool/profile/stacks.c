/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Stacks, added up. The files are read first into a table, since what a lock is called depends on the others; then
 * their samples are visited again. Frames become numbers, stacks arrays of numbers, both found by hash.
 */
#include "profile/stacks.h"

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
    size_t frame_capacity;
    struct frame_entry *frame_entries;
    struct stack_entry *stack_entries;
    size_t *row_of; /* by a lock's place in the table, its position in `rows`, or NOT_CHOSEN */
};

static const size_t NOT_CHOSEN = SIZE_MAX;

/* `lock` and `row` are of a lock's frame; null and 0 for a function's. */
static uint32_t frame_number(struct mutray_stacks *stacks, const char *name, const char *file, int64_t line,
                             const char *lock, size_t row)
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
        fresh->key + name_at, fresh->key + file_at, line, lock != NULL ? fresh->key + lock_at : NULL, row};
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

static void add_sample(const struct mutray_lock_sample *sample, size_t row, void *context)
{
    struct mutray_stacks *stacks = context;
    uint32_t frames[MUTRAY_FRAMES_MAX + 1];
    size_t count = 0;
    for (size_t i = sample->frame_count; i > 0; i--) {
        const struct mutray_frame *frame = &sample->frames[i - 1];
        frames[count++] = frame_number(stacks, frame->function, frame->file, frame->line, NULL, 0);
    }
    const struct mutray_lock_row *lock = stacks->rows.items[row];
    frames[count++] = frame_number(stacks, lock->shown, "", 0, lock->name, row);
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
        stacks->file_count++;
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

static void choose_rows(struct mutray_stacks *stacks, const char *filter)
{
    size_t *row_of = stacks->work->row_of = mutray_calloc(stacks->table->count, sizeof *row_of);
    stacks->rows = mutray_view_rows(stacks->table, &(struct mutray_view){.filter = filter});
    for (size_t i = 0; i < stacks->table->count; i++) row_of[i] = NOT_CHOSEN;
    for (size_t i = 0; i < stacks->rows.count; i++) row_of[stacks->rows.items[i]->index] = i;
}

struct mutray_stacks *mutray_stacks_of_files(const char *const *paths, size_t count, const char *filter)
{
    struct mutray_stacks *stacks = mutray_calloc(1, sizeof *stacks);
    struct mutray_stacks_work *work = stacks->work = mutray_calloc(1, sizeof *work);
    stacks->table = mutray_table_new();
    read_files(stacks, paths, count);
    choose_rows(stacks, filter);
    for (size_t i = 0; i < count; i++) mutray_stacks_visit(stacks, i, add_sample, stacks);
    stacks->stacks = mutray_calloc(HASH_COUNT(work->stack_entries), sizeof *stacks->stacks);
    for (struct stack_entry *at = work->stack_entries; at != NULL; at = at->hh.next) {
        stacks->stacks[stacks->count++] = &at->stack;
    }
    qsort(stacks->stacks, stacks->count, sizeof *stacks->stacks, compare_stacks);
    return stacks;
}

const struct mutray_profile *mutray_stacks_file(const struct mutray_stacks *stacks, size_t file)
{
    return stacks->work->profiles[file];
}

struct visit {
    const struct mutray_stacks *stacks;
    void (*function)(const struct mutray_lock_sample *sample, size_t row, void *context);
    void *context;
};

static void visit_chosen(const struct mutray_lock_sample *sample, void *context)
{
    const struct visit *visit = context;
    const struct mutray_lock_row *lock = mutray_table_row(visit->stacks->table, sample);
    if (lock == NULL || visit->stacks->work->row_of[lock->index] == NOT_CHOSEN) return;
    visit->function(sample, visit->stacks->work->row_of[lock->index], visit->context);
}

void mutray_stacks_visit(const struct mutray_stacks *stacks, size_t file,
                         void (*function)(const struct mutray_lock_sample *sample, size_t row, void *context),
                         void *context)
{
    struct visit visit = {stacks, function, context};
    struct mutray_error error; /* the table has visited every sample already */
    if (mutray_profile_visit(stacks->work->profiles[file], visit_chosen, &visit, &error) < 0)
        mutray_die("profile %zu: %s", file + 1, error.text);
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
    for (size_t i = 0; i < stacks->file_count; i++) mutray_profile_free(work->profiles[i]);
    free(work->profiles);
    free(work->row_of);
    free(stacks->rows.items);
    mutray_table_free(stacks->table);
    free(stacks->frames);
    free(stacks->stacks);
    free(work);
    free(stacks);
}

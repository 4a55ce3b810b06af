/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Stacks, added up. The files are read first into a table, since what a lock is called depends on the others; then
 * their samples are visited again. Frames become numbers, stacks arrays of numbers, both found by hash. Of stacks there
 * may be as many as samples, so their table is nothing but places in the array of all, open addressing.
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

/* Where stacks are: allocated one by one they would take a fifth more. */
struct chunk {
    struct chunk *next;
    size_t used;
    _Alignas(struct mutray_stack) char bytes[64 << 10];
};

struct mutray_stacks_work {
    struct mutray_profile **profiles;
    size_t frame_capacity, stack_capacity;
    struct frame_entry *frame_entries;
    struct chunk *chunks; /* newest first */
    uint32_t *slots; /* 1 + a stack's position, 0: free */
    size_t slot_count; /* a power of two */
    size_t spent;      /* by the sample at hand */
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
    work->spent += sizeof *fresh + size + sizeof *stacks->frames * 2 + MUTRAY_SMALL_CHANGE;
    fresh->number = (uint32_t)stacks->frame_count;
    HASH_ADD(hh, work->frame_entries, key, size, fresh);
    stacks->frames = mutray_grow(stacks->frames, stacks->frame_count, &work->frame_capacity, sizeof *stacks->frames);
    stacks->frames[stacks->frame_count++] = (struct mutray_stack_frame){
        fresh->key + name_at, fresh->key + file_at, line, lock != NULL ? fresh->key + lock_at : NULL, row};
    return fresh->number;
}

static size_t hash_of(const uint32_t *frames, size_t count)
{
    uint64_t hash = count;
    for (size_t i = 0; i < count; i++) hash = (hash ^ frames[i]) * UINT64_C(0x9e3779b97f4a7c15);
    return (size_t)(hash ^ hash >> 32);
}

/* The slot of a stack, or the free one where it belongs. */
static uint32_t *slot_of(const struct mutray_stacks *stacks, const uint32_t *frames, size_t count)
{
    const struct mutray_stacks_work *work = stacks->work;
    for (size_t at = hash_of(frames, count);; at++) {
        uint32_t *slot = &work->slots[at & (work->slot_count - 1)];
        if (*slot == 0) return slot;
        const struct mutray_stack *stack = stacks->stacks[*slot - 1];
        if (stack->count == count && memcmp(stack->frames, frames, count * sizeof *frames) == 0) return slot;
    }
}

/* At least every third slot stays free. */
static void make_slots(struct mutray_stacks *stacks)
{
    struct mutray_stacks_work *work = stacks->work;
    if (stacks->count < work->slot_count / 3 * 2) return;
    free(work->slots);
    work->slot_count = work->slot_count == 0 ? 1024 : 2 * work->slot_count;
    work->slots = mutray_calloc(work->slot_count, sizeof *work->slots);
    for (size_t i = 0; i < stacks->count; i++)
        *slot_of(stacks, stacks->stacks[i]->frames, stacks->stacks[i]->count) = (uint32_t)i + 1;
}

/* A stack costs its bytes here, and its share of two arrays and of the sorting. */
enum { STACK_SHARES = 32 };

static struct mutray_stack *make_stack(struct mutray_stacks_work *work, const uint32_t *frames, size_t count)
{
    size_t align = _Alignof(struct mutray_stack);
    size_t size = (sizeof(struct mutray_stack) + count * sizeof *frames + align - 1) / align * align;
    struct chunk *chunk = work->chunks;
    if (chunk == NULL || size > sizeof chunk->bytes - chunk->used) {
        chunk = mutray_realloc(NULL, 1, sizeof *chunk);
        chunk->next = work->chunks;
        chunk->used = 0;
        work->chunks = chunk;
    }
    struct mutray_stack *stack = (struct mutray_stack *)(void *)(chunk->bytes + chunk->used);
    chunk->used += size;
    *stack = (struct mutray_stack){.count = (uint32_t)count};
    memcpy(stack->frames, frames, count * sizeof *frames);
    work->spent += size + STACK_SHARES;
    return stack;
}

static struct mutray_stack *stack_of(struct mutray_stacks *stacks, const uint32_t *frames, size_t count)
{
    struct mutray_stacks_work *work = stacks->work;
    make_slots(stacks);
    uint32_t *slot = slot_of(stacks, frames, count);
    if (*slot == 0) {
        stacks->stacks = mutray_grow(stacks->stacks, stacks->count, &work->stack_capacity, sizeof *stacks->stacks);
        stacks->stacks[stacks->count++] = make_stack(work, frames, count);
        *slot = (uint32_t)stacks->count;
    }
    return stacks->stacks[*slot - 1];
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
    stacks->work = mutray_calloc(1, sizeof *stacks->work);
    stacks->table = mutray_table_new();
    read_files(stacks, paths, count);
    choose_rows(stacks, filter);
    for (size_t i = 0; i < count; i++) mutray_stacks_visit(stacks, i, add_sample, stacks);
    free(stacks->work->slots);
    stacks->work->slots = NULL;
    if (stacks->count > 0) qsort(stacks->stacks, stacks->count, sizeof *stacks->stacks, compare_stacks);
    return stacks;
}

const struct mutray_profile *mutray_stacks_file(const struct mutray_stacks *stacks, size_t file)
{
    return stacks->work->profiles[file];
}

struct visit {
    const struct mutray_stacks *stacks;
    struct mutray_profile *profile;
    void (*function)(const struct mutray_lock_sample *sample, size_t row, void *context);
    void *context;
};

static void visit_chosen(const struct mutray_lock_sample *sample, void *context)
{
    const struct visit *visit = context;
    const struct mutray_lock_row *lock = mutray_table_row(visit->stacks->table, sample);
    if (lock == NULL || visit->stacks->work->row_of[lock->index] == NOT_CHOSEN) return;
    visit->stacks->work->spent = 0;
    visit->function(sample, visit->stacks->work->row_of[lock->index], visit->context);
    mutray_profile_spend(visit->profile, visit->stacks->work->spent);
}

void mutray_stacks_visit(const struct mutray_stacks *stacks, size_t file,
                         void (*function)(const struct mutray_lock_sample *sample, size_t row, void *context),
                         void *context)
{
    struct visit visit = {stacks, stacks->work->profiles[file], function, context};
    struct mutray_error error; /* the table has visited every sample already: only room for stacks can be wanting */
    if (mutray_profile_visit(visit.profile, visit_chosen, &visit, &error) < 0)
        mutray_die("profile %zu: %s", file + 1, error.text);
}

void mutray_stacks_free(struct mutray_stacks *stacks)
{
    struct mutray_stacks_work *work = stacks->work;
    struct frame_entry *frame, *next_frame;
    HASH_ITER (hh, work->frame_entries, frame, next_frame) {
        HASH_DEL(work->frame_entries, frame);
        free(frame);
    }
    for (struct chunk *chunk = work->chunks, *next; chunk != NULL; chunk = next) {
        next = chunk->next;
        free(chunk);
    }
    free(work->slots);
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

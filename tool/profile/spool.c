/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading a spool: the tables of a process as they were when it was killed (runtime/record/spool.c), by the runtime's own
 * structures, and written as a profile by the runtime's own encoder. So it is the same profile that the process would
 * have written.
 *
 * It may have died in the middle of any store, and the file may come from anywhere. Nothing is believed: a pointer or a
 * reference is followed only to where a whole object fits, texts end within the file, numbers that make no sense leave
 * their entry out. Blocks are found by walking the pool, not by following lists, so that there is no way to go round in
 * circles.
 */
#include "profile/spool.h"

#include "export/encoder.h"
#include "profile/thread_names.h"
#include "record/spool.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { CLASSES = 14, MOST_FRAMES = 600, LONGEST_TEXT = 8192 };

struct reader {
    const uint8_t *bytes, *names, *stacks, *pool;
    size_t share, pool_size;
    size_t budget; /* entries: not more than there is room for, wherever tables point to */
    const struct mutray__tables *header;
    uint64_t last; /* tick of the last event that is seen */
    double rest;   /* of the counts of single events, which are shown as whole numbers (drain.c) */
    mutray__visit visit;
    void *context;
    struct mutray__totals totals;
    bool is_written; /* what was shown is in a profile already */
    pid_t living;    /* the process, if it is there still */
    bool is_gathering; /* names of threads; otherwise they are known */
    struct mutray_thread_names threads;
    size_t threads_named;
    struct mutray__place **places; /* by reference, where one was made: the encoder knows them by address */
};

/* The encoder's drain has no context of its own. */
static struct reader *current;

bool mutray_is_spool(const uint8_t *bytes, size_t size)
{
    return size >= sizeof MUTRAY__SPOOL_MAGIC - 1 &&
           memcmp(bytes, MUTRAY__SPOOL_MAGIC, sizeof MUTRAY__SPOOL_MAGIC - 1) == 0;
}

/* A byte that may hold anything is no bool yet. */
static bool is_set(const bool *flag)
{
    return *(const uint8_t *)flag != 0;
}

/* --- references --- */

/* The object at an offset of a part, if it lies there as a whole. */
static const void *object_at(const uint8_t *part, size_t part_size, uint64_t at, size_t size)
{
    return at != 0 && at % 8 == 0 && at < part_size && size <= part_size - at ? part + at : NULL;
}

static const void *name_object(const struct reader *reader, uint32_t ref, size_t size)
{
    return object_at(reader->names, reader->share, (uint64_t)ref * 8, size);
}

/* A text among the names; "" if it is none. One that is as long as the file would be looked through for each entry. */
static const char *text_at(const struct reader *reader, const char *address)
{
    uint64_t at = (uint64_t)(uintptr_t)address - reader->header->names_base;
    if (at >= reader->share) return "";
    size_t room = reader->share - at < LONGEST_TEXT ? reader->share - at : LONGEST_TEXT;
    if (memchr(reader->names + at, 0, room) == NULL) return "";
    return (const char *)reader->names + at;
}

static const struct mutray__place *place_at(struct reader *reader, uint32_t ref, bool *ret_handed_over)
{
    const struct mutray__site_record *site = name_object(reader, ref, sizeof *site);
    if (site == NULL) return NULL;
    struct mutray__place **place = &reader->places[ref];
    if (*place == NULL) {
        *place = mutray_calloc(1, sizeof **place);
        **place = (struct mutray__place){text_at(reader, site->place.file), text_at(reader, site->place.function),
                                         site->place.line};
    }
    *ret_handed_over = site->what == MUTRAY__HAND_OVER;
    return (*place)->file[0] != '\0' ? *place : NULL;
}

static void free_places(struct reader *reader)
{
    for (size_t i = 0; i < reader->share / 8; i++) free(reader->places[i]);
    free(reader->places);
}

static bool lock_at(const struct reader *reader, uint32_t ref, struct mutray__lock_name *ret)
{
    static const char *const kinds[] = {"mutex", "rwlock", "spin", "mtx"};
    const struct mutray__name_record *name = name_object(reader, ref, sizeof *name);
    if (name == NULL || (unsigned)name->kind >= sizeof kinds / sizeof *kinds) return false;
    *ret = (struct mutray__lock_name){text_at(reader, name->name.name), text_at(reader, name->name.declaration),
                                      kinds[name->kind]};
    return ret->name[0] != '\0';
}

static const struct mutray__stack *stack_at(const struct reader *reader, uint32_t ref, uint32_t generation)
{
    uint32_t now = reader->header->generation;
    const struct mutray__stack *stack;
    if (generation != (now & 0xffff) && generation != ((now - 1) & 0xffff)) return NULL;
    const uint8_t *arena = reader->stacks + generation % 2 * reader->share;
    stack = object_at(arena, reader->share, (uint64_t)ref * 8, sizeof *stack);
    if (stack == NULL || stack->count > MOST_FRAMES) return NULL;
    return object_at(arena, reader->share, (uint64_t)ref * 8, sizeof *stack + stack->count * sizeof *stack->frames);
}

/* --- time --- */

/* The time of day at a tick after the period's begin. */
static uint64_t wall_ns(const struct reader *reader, uint64_t tick)
{
    const struct mutray__tables *header = reader->header;
    uint64_t ticks = tick > header->ticks ? tick - header->ticks : 0;
    return header->wall_ns + (uint64_t)((unsigned __int128)ticks * header->ns_per_tick >> 32);
}

static void note_time(struct reader *reader, uint64_t tick)
{
    /* Nothing that ran for longer than a year. */
    uint64_t year = (uint64_t)365 * 86400 * 1000000000;
    if (tick > reader->last && wall_ns(reader, tick) - reader->header->wall_ns < year) reader->last = tick;
}

/* --- entries --- */

static bool is_number(double value)
{
    return isfinite(value) && value >= 0;
}

/* A single event, or (`one` is null) all that are alike. */
static void show(struct reader *reader, const struct mutray__thread_label *label, const struct mutray__entry_key *key,
                 double count, double time, const struct mutray__apart_event *one)
{
    static const char *const modes[] = {"", "read", "write", ""};
    unsigned bucket = key->event >> MUTRAY__EVENT_BUCKET & 0x7f;
    uint32_t holder = (uint32_t)key->event;
    struct mutray__lock_name lock;
    bool handed_over, unused;
    if (key->lock == 0 || reader->budget == 0) return;
    reader->budget--;
    /* An entry is counted when it is complete. */
    if (!is_number(count) || !is_number(time) || count == 0 || bucket > 63) return;
    const struct mutray__place *leaf = place_at(reader, (uint32_t)key->lock, &handed_over);
    if (leaf == NULL || !lock_at(reader, (uint32_t)(key->lock >> 32), &lock)) return;
    const struct mutray__stack *stack =
        stack_at(reader, (uint32_t)key->stack, key->event >> MUTRAY__EVENT_GENERATION & 0xffff);
    struct mutray__sample sample = {
        .event = key->event & MUTRAY__EVENT_IS_RELEASE ? MUTRAY__EVENT_RELEASE : MUTRAY__EVENT_ACQUIRE,
        .mode = modes[key->event >> MUTRAY__EVENT_MODE & 3],
        .lock = &lock,
        .leaf = leaf,
        .frames = stack != NULL ? stack->frames : NULL,
        .frame_count = stack != NULL ? stack->count : 0,
        .truncated = stack == NULL || is_set(&stack->truncated),
        .handed_over = handed_over,
        .thread = *label,
        .count = count,
        .time_ns = time,
        .contended = (key->event & MUTRAY__EVENT_IS_CONTENDED) != 0,
        .bucket_ns = bucket != 0 ? (uint64_t)1 << (bucket - 1) : 0,
        .holder = place_at(reader, (uint32_t)(key->stack >> 32), &unused),
        .holder_thread = {.native_id = holder, .name = mutray_thread_names_find(&reader->threads, holder)},
    };
    if (one != NULL) {
        sample.end_ns = one->end != 0 ? wall_ns(reader, one->end) : 0;
        sample.span_id = one->span.id;
        sample.local_root_span_id = one->span.root;
    }
    reader->visit(&sample, reader->context);
}

static void show_entries(struct reader *reader, const struct mutray__thread_label *label,
                         const struct mutray__entry *entries, uint32_t count)
{
    for (const struct mutray__entry *entry = entries; entry < entries + count; entry++)
        show(reader, label, &entry->key, entry->count, entry->time, NULL);
}

/* What an address in the pool leads to, if an object of that size is there. */
static const void *pool_object(const struct reader *reader, const void *address, size_t size)
{
    uint64_t at = (uint64_t)(uintptr_t)address - (reader->header->shared_base + MUTRAY__STACK_SHARES * reader->share);
    return object_at(reader->pool, reader->pool_size, at, size);
}

static void show_apart(struct reader *reader, const struct mutray__thread_label *label, const void *address)
{
    const struct mutray__apart *block;
    while (reader->budget > 0 && (block = pool_object(reader, address, MUTRAY__APART_BLOCK)) != NULL) {
        size_t room = (MUTRAY__APART_BLOCK - sizeof *block) / sizeof *block->events;
        for (uint32_t i = 0; i < block->used && i < room; i++) {
            const struct mutray__apart_event *event = &block->events[i];
            double sum = event->count + reader->rest, count = is_number(sum) && sum < 1e15 ? (double)(uint64_t)sum : 0;
            reader->rest = is_number(sum - count) ? sum - count : 0;
            note_time(reader, event->end);
            show(reader, label, &event->key, count, event->time, event);
        }
        address = block->next;
        if (reader->budget > 0) reader->budget--; /* for an empty one, too: there may be a circle */
    }
}

static void show_table(struct reader *reader, const struct mutray__thread_label *label, const void *address)
{
    const struct mutray__table *table = pool_object(reader, address, sizeof *table);
    if (table == NULL || table->capacity > MUTRAY__TABLE_LARGEST) return;
    show_apart(reader, label, table->apart);
    if (pool_object(reader, address, sizeof *table + table->capacity * sizeof *table->entries) != NULL)
        show_entries(reader, label, table->entries, table->capacity);
}

/* --- threads --- */

/*
 * A thread's name, in the order of the walk. The encoder knows texts by their addresses, so names are gathered by one
 * walk and shown by the next.
 */
static const char *next_name(struct reader *reader, uint32_t thread, const char recorded[static 16])
{
    char name[MUTRAY_THREAD_NAME] = "";
    if (!reader->is_gathering) return mutray_thread_names_at(&reader->threads, reader->threads_named++);
    memcpy(name, recorded, 16);
    mutray_thread_names_add(&reader->threads, thread, name);
    return "";
}

static const char *next_living_name(struct reader *reader, const struct mutray__thread *thread)
{
    char name[MUTRAY_THREAD_NAME];
    if (reader->living == 0 || !reader->is_gathering) return next_name(reader, thread->tid, thread->shown_name);
    mutray_thread_name_ask(reader->living, thread->tid, name);
    mutray_thread_names_add(&reader->threads, thread->tid, name);
    return "";
}

static void show_thread(struct reader *reader, const struct mutray__thread *thread)
{
    bool dead = thread->state == MUTRAY__THREAD_DEAD;
    if (!dead && thread->state != MUTRAY__THREAD_LIVE) return;
    const char *name = !dead ? next_living_name(reader, thread)
                             : next_name(reader, thread->tid, is_set(&thread->name_known) ? thread->name : thread->shown_name);
    struct mutray__thread_label label = {thread->pthread_id, thread->tid, name};
    for (size_t i = 0; i < MUTRAY__HELD; i++) {
        note_time(reader, thread->held[i].acquire.start);
        note_time(reader, thread->held[i].end);
    }
    const uint64_t *lost = (const uint64_t *)&thread->lost;
    for (int i = 0; i < MUTRAY__LOSS_COUNT; i++) ((uint64_t *)&reader->totals.lost)[i] += lost[i];
    reader->totals.threads++;
    if (thread->epoch < reader->header->epoch) return;
    show_table(reader, &label, thread->table);
    if (thread->taken != thread->table && !(is_set(&thread->is_shown) && reader->is_written))
        show_table(reader, &label, thread->taken);
}

static void show_remains(struct reader *reader, const struct mutray__remains *remains, size_t room)
{
    struct mutray__thread_label label = {remains->pthread_id, remains->tid,
                                         next_name(reader, remains->tid, remains->name)};
    reader->totals.threads++;
    if (is_set(&remains->is_shown) && reader->is_written) return;
    size_t most = (room - sizeof *remains) / sizeof *remains->entries;
    show_apart(reader, &label, remains->apart);
    show_entries(reader, &label, remains->entries, remains->count < most ? remains->count : (uint32_t)most);
}

static void walk_pool(struct reader *reader)
{
    size_t smallest = (size_t)1 << MUTRAY__BLOCK_SMALLEST;
    for (size_t at = MUTRAY__ARENA_FIRST; at + smallest <= reader->pool_size;) {
        const struct mutray__block *block = (const void *)(reader->pool + at);
        size_t size = block->class < CLASSES ? smallest << block->class : smallest;
        size_t room = size - sizeof *block;
        if (size > reader->pool_size - at) return;
        if (block->mark == MUTRAY__MARK_THREAD && room >= sizeof(struct mutray__thread))
            show_thread(reader, (const void *)(block + 1));
        if (block->mark == MUTRAY__MARK_REMAINS && room >= sizeof(struct mutray__remains))
            show_remains(reader, (const void *)(block + 1), room);
        at += size;
    }
}

/* --- the profile --- */

/* Whether what was shown is in a profile already. */
static bool is_written(const struct mutray__spool *spool)
{
    if (spool->tables.forgetting) return true;
    return spool->naming[0] != '\0' && memchr(spool->naming, 0, sizeof spool->naming) != NULL &&
           access(spool->naming, F_OK) == 0;
}

static int open_reader(struct reader *reader, const uint8_t *bytes, size_t size, struct mutray_error *error)
{
    const struct mutray__tables *header = &((const struct mutray__spool *)(const void *)bytes)->tables;
    if (size < MUTRAY__SPOOL_HEADER || header->layout != MUTRAY__SPOOL_LAYOUT) {
        mutray_error_set(error, "a spool that another version of mutray wrote, or a piece of one; "
                                "use the mutray that the program was built with");
        return -EBADMSG;
    }
    if (header->share == 0 || header->share % 8 != 0 || header->share > MUTRAY__SPOOL_LARGEST ||
        size < mutray__spool_size(header->share)) {
        mutray_error_set(error, "a spool that is cut short; copy the file again, whole");
        return -EBADMSG;
    }
    *reader = (struct reader){.bytes = bytes, .header = header, .share = header->share};
    reader->is_written = is_written((const void *)bytes);
    reader->names = bytes + MUTRAY__SPOOL_HEADER;
    reader->stacks = reader->names + reader->share;
    reader->pool = reader->stacks + MUTRAY__STACK_SHARES * reader->share;
    reader->pool_size = MUTRAY__POOL_SHARES * reader->share;
    reader->places = mutray_calloc(reader->share / 8, sizeof *reader->places);
    return 0;
}

static void drain(mutray__visit visit, void *context, struct mutray__totals *ret_totals)
{
    const struct mutray__tables *header = current->header;
    current->visit = visit;
    current->context = context;
    current->totals = (struct mutray__totals){.lost = header->lost, .sites = header->sites, .locks = header->locks};
    current->budget = current->pool_size / sizeof(struct mutray__entry);
    walk_pool(current);
    *ret_totals = current->totals;
}

static void ignore(const struct mutray__sample *sample, void *context)
{
    (void)sample, (void)context;
}

/* The profile ends with the last event in it, as far as that can be told. And names of threads are gathered on the way. */
static void tell_times(struct reader *reader, struct mutray__profile_facts *facts)
{
    const struct mutray__tables *header = reader->header;
    struct mutray__totals unused;
    reader->is_gathering = true;
    drain(ignore, NULL, &unused);
    reader->is_gathering = false;
    mutray_thread_names_sort(&reader->threads);
    facts->start_ns = header->start_ns >= 0 ? header->start_ns : 0;
    facts->end_ns = (int64_t)wall_ns(reader, reader->last);
    if (facts->end_ns < facts->start_ns) facts->end_ns = facts->start_ns;
}

struct packed {
    uint8_t *bytes;
    size_t size, room;
};

static int keep(void *context, const void *bytes, size_t size)
{
    struct packed *packed = context;
    while (packed->room - packed->size < size)
        packed->bytes = mutray_realloc(packed->bytes, packed->room = packed->room * 2 + 65536, 1);
    memcpy(packed->bytes + packed->size, bytes, size);
    packed->size += size;
    return 0;
}

int mutray_spool_profile(const uint8_t *bytes, size_t size, pid_t living, struct mutray_error *error,
                         uint8_t **ret_packed, size_t *ret_size)
{
    struct reader reader;
    struct packed packed = {0};
    struct mutray__profile_summary summary;
    char program[sizeof reader.header->program];
    int result = open_reader(&reader, bytes, size, error);
    if (result < 0) return result;
    const struct mutray__tables *header = reader.header;
    memcpy(program, header->program, sizeof program);
    program[sizeof program - 1] = '\0';
    struct mutray__options options = {
        .capture_pct = is_number(header->capture_pct) ? header->capture_pct : 0,
        .wait_period_us = is_number(header->wait_period_ns) ? header->wait_period_ns / 1000 : 0,
        .upscale = header->upscale != 0,
    };
    reader.living = living;
    current = &reader;
    mutray_spool_modules_use((const void *)bytes);
    struct mutray__profile_facts facts = {.pid = (pid_t)header->pid, .program = program, .options = &options};
    tell_times(&reader, &facts);
    result = mutray__encoder.encode(&facts, drain, &(struct mutray__sink){keep, &packed}, &summary);
    mutray_spool_modules_use(NULL);
    free_places(&reader);
    mutray_thread_names_free(&reader.threads);
    current = NULL;
    if (result < 0) {
        mutray_error_set(error, "cannot be turned into a profile (%s); free some memory", strerror(-result));
        free(packed.bytes);
        return result;
    }
    *ret_packed = packed.bytes;
    *ret_size = packed.size;
    return 0;
}

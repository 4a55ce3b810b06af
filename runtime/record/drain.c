/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Taking what the threads recorded, without ever making one of them wait. For each thread the drain puts an empty table
 * in the place of the thread's and then waits until the thread has left the event it may just be recording (its
 * `sequence` is odd meanwhile); from then on the old table is the drain's alone. A thread that does not get on, because
 * it was stopped in the middle, keeps its table, taken but not read, until the next drain. If the budget has no table to give,
 * the thread is without one for the moment and counts what it drops. A thread that recorded nothing since the last
 * drain is left in peace.
 *
 * The thread makes its sequence odd and then looks for its table, and the drain changes the table and then looks at the
 * sequence: one of the two must see the other, which takes a full barrier on both sides. The thread's would be its
 * dearest instruction, so the drain makes it for all: membarrier() interrupts the processors that run the program. Where
 * it is refused, or nothing may be asked of the kernel, the drain waits for longer than a store takes to be seen.
 *
 * Blocks of threads are few. Where many threads come and go between two drains, what the ended ones recorded is put into
 * as little memory as it takes, and their blocks are given back early.
 *
 * Names of threads come from the kernel: the drain reads those of the living, and ending threads leave theirs behind.
 * The same file tells whether the program installed seccomp filters since the start, in which case ending threads are
 * told not to ask.
 */
#include "drain.h"

#include "spool.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define SETTLE_TRIES 200
#define SETTLE_PAUSE_NS 100000
#define ENDED_ARE_MANY 256
#define BARRIER 8           /* MEMBARRIER_CMD_PRIVATE_EXPEDITED; musl's compiler does not see the kernel's headers */
#define REGISTER_BARRIER 16
#define UNTIL_SEEN_NS 100000 /* store buffers are emptied in less than a thousandth of that */

static const char *const modes[] = {"", "read", "write"};
static unsigned long filters_at_start;
static struct mutray__remains *remains; /* newest first */

/* --- names of threads --- */

/* The value after "Key:" in the text of a status file, null if it is not there. */
static const char *status_value(const char *status, const char *key)
{
    const char *at = strstr(status, key);
    return at != NULL ? at + strlen(key) + strspn(at + strlen(key), " \t") : NULL;
}

static bool read_status(uint32_t tid, char *status, size_t size)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/self/task/%u/status", tid);
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return false;
    ssize_t length = read(file, status, size - 1);
    close(file);
    status[length > 0 ? length : 0] = 0;
    return length > 0;
}

static unsigned long filters_of(const char *status)
{
    const char *value = status_value(status, "\nSeccomp_filters:");
    return value != NULL ? strtoul(value, NULL, 10) : 0;
}

void mutray__drain_open(void)
{
    char status[4096];
    int saved_errno = errno;
    if (read_status((uint32_t)getpid(), status, sizeof status))
        filters_at_start = filters_of(status);
    syscall(SYS_membarrier, REGISTER_BARRIER, 0, 0); /* here, where it is cheap: the process has one thread yet */
    errno = saved_errno;
}

/* Copies a name as the status file shows it, undoing its escapes. */
static void copy_name(char *name, size_t size, const char *shown)
{
    size_t length = 0;
    for (; *shown != 0 && *shown != '\n' && length + 1 < size; shown++) {
        if (*shown == '\\' && (shown[1] == 'n' || shown[1] == '\\'))
            name[length++] = *++shown == 'n' ? '\n' : '\\';
        else
            name[length++] = *shown;
    }
    name[length] = 0;
}

static bool is_dead(const struct mutray__thread *thread)
{
    return atomic_load_explicit(&thread->state, memory_order_acquire) == MUTRAY__THREAD_DEAD;
}

static void look_up_name(struct mutray__thread *thread)
{
    char status[4096];
    uint32_t tid = atomic_load_explicit(&thread->tid, memory_order_relaxed);
    if (is_dead(thread) || !read_status(tid, status, sizeof status))
        return;
    if (filters_of(status) > filters_at_start)
        atomic_store(&mutray__names_at_exit, false);
    const char *shown = status_value(status, "Name:");
    if (shown != NULL)
        copy_name(thread->shown_name, sizeof thread->shown_name, shown);
}

static const char *name_of(const struct mutray__thread *thread)
{
    return is_dead(thread) && thread->name_known ? thread->name : thread->shown_name;
}

static struct mutray__thread_label label_of(const struct mutray__thread *thread)
{
    uint32_t tid = atomic_load_explicit(&thread->tid, memory_order_relaxed);
    return (struct mutray__thread_label){thread->pthread_id, tid, name_of(thread)};
}

static struct mutray__thread_label label_of_remains(const struct mutray__remains *from)
{
    return (struct mutray__thread_label){from->pthread_id, from->tid, from->name};
}

static struct mutray__thread_label label_of_holder(uint32_t tid)
{
    const struct mutray__thread *thread = mutray__thread_by_tid(tid);
    if (thread != NULL)
        return label_of(thread);
    for (const struct mutray__remains *at = remains; at != NULL && tid != 0; at = at->next)
        if (at->tid == tid)
            return label_of_remains(at);
    return (struct mutray__thread_label){0, tid, ""};
}

/* --- tables --- */

/* Puts what was taken from the thread into as little memory as that takes. False: there is none, and it stays. */
static bool keep_taken(struct mutray__thread *thread)
{
    struct mutray__table *table = thread->taken;
    struct mutray__remains *kept = mutray__pool_get(sizeof *kept + table->used * sizeof *kept->entries);
    if (kept == NULL)
        return false;
    struct mutray__thread_label label = label_of(thread);
    kept->pthread_id = (uintptr_t)label.id;
    kept->tid = (uint32_t)label.native_id;
    memcpy(kept->name, label.name, strnlen(label.name, sizeof kept->name - 1));
    for (uint32_t i = 0; i < table->capacity && kept->count < table->used; i++)
        if (!mutray__entry_is_free(&table->entries[i]))
            kept->entries[kept->count++] = table->entries[i];
    kept->apart = table->apart;
    kept->next = remains;
    remains = kept;
    thread->taken = NULL; /* first: whoever reads a spool must not find it twice */
    mutray__pool_mark(kept, MUTRAY__MARK_REMAINS);
    mutray__pool_put(table);
    return true;
}

static bool membarrier(int command)
{
    return syscall(SYS_membarrier, command, 0, 0) == 0;
}

/* What each thread did before is seen from here on, and what was done here before is seen by what it does next. */
static void fence_all(void)
{
    if (atomic_load(&mutray__names_at_exit) && /* not confined */
        (membarrier(BARRIER) || (membarrier(REGISTER_BARRIER) && membarrier(BARRIER))))
        return;
    for (uint64_t begin = mutray__now(); mutray__now() - begin < UNTIL_SEEN_NS;)
        continue;
}

static bool is_settled(const struct mutray__thread *thread, unsigned since)
{
    unsigned sequence = atomic_load(&((struct mutray__thread *)thread)->sequence);
    return sequence % 2 == 0 || sequence != since ||
           atomic_load(&((struct mutray__thread *)thread)->state) == MUTRAY__THREAD_DEAD;
}

/* Whether the thread has left the table that was taken from it; waits a little for that. */
static bool has_left(const struct mutray__thread *thread)
{
    for (int i = 0; !is_settled(thread, thread->taken_sequence); i++) {
        if (i == SETTLE_TRIES)
            return false;
        nanosleep(&(struct timespec){.tv_nsec = SETTLE_PAUSE_NS}, NULL);
    }
    return true;
}

/* Takes the thread's table, leaving another; null if it cannot be read yet. */
static struct mutray__table *take(struct mutray__thread *thread)
{
    if (thread->taken != NULL && has_left(thread))
        keep_taken(thread); /* an earlier drain's, which could not read it */
    if (thread->taken == NULL) {
        struct mutray__table *empty = mutray__table_new(MUTRAY__TABLE_FIRST);
        thread->taken = atomic_exchange(&thread->table, empty);
        if (!is_dead(thread))
            fence_all();
        thread->taken_sequence = atomic_load(&thread->sequence);
    }
    return has_left(thread) ? thread->taken : NULL;
}

/* Of a thread that is no more: whether it recorded something after its table was taken. */
static bool has_more(const struct mutray__thread *thread)
{
    const struct mutray__table *table = atomic_load(&((struct mutray__thread *)thread)->table);
    return table != NULL && (table->used != 0 || table->apart != NULL);
}

/* A table that was read becomes the thread's again, if the thread has none. */
static void give_back(struct mutray__thread *thread)
{
    struct mutray__table *none = NULL, *table = thread->taken;
    if (!thread->is_shown)
        return;
    thread->taken = NULL;
    thread->is_shown = false;
    mutray__table_clear(table);
    if (atomic_load(&thread->table) == NULL) {
        if (atomic_compare_exchange_strong(&thread->table, &none, table))
            return;
    }
    mutray__pool_put(table);
}

/* A drain under way. */
struct draining {
    mutray__visit visit;
    void *context;
    uint64_t wall, ticks; /* now: in nanoseconds since 1970, and as events have it */
    double rest;          /* of the counts of single events, which are shown as whole numbers */
};

static uint64_t wall_clock(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/* What the time of day was (or, for an event during the drain, is) at a tick. */
static uint64_t wall_clock_at(const struct draining *draining, uint64_t tick)
{
    return draining->wall - mutray__ns_between(tick, draining->ticks) + mutray__ns_between(draining->ticks, tick);
}

/* A single event, or (`one` is null) all that are alike. */
static void show(struct draining *draining, const struct mutray__thread_label *label,
                 const struct mutray__entry_key *key, double count, double time, const struct mutray__apart_event *one)
{
    const struct mutray__site_record *site = mutray__site_at((uint32_t)key->lock);
    const struct mutray__site_record *holder = mutray__site_at((uint32_t)(key->stack >> 32));
    const struct mutray__name_record *name = mutray__arena_at(&mutray__names_arena, (uint32_t)(key->lock >> 32));
    unsigned bucket = key->event >> MUTRAY__EVENT_BUCKET & 0x7f;
    if (site == NULL || name == NULL)
        return;
    struct mutray__sample sample = {
        .event = key->event & MUTRAY__EVENT_IS_RELEASE ? MUTRAY__EVENT_RELEASE : MUTRAY__EVENT_ACQUIRE,
        .mode = modes[key->event >> MUTRAY__EVENT_MODE & 3],
        .lock = &name->name,
        .leaf = &site->place,
        .handed_over = site->what == MUTRAY__HAND_OVER,
        .thread = *label,
        .count = count,
        .time_ns = time,
        .contended = (key->event & MUTRAY__EVENT_IS_CONTENDED) != 0,
        .bucket_ns = bucket != 0 ? (uint64_t)1 << (bucket - 1) : 0,
        .holder = holder != NULL ? &holder->place : NULL,
        .holder_thread = label_of_holder((uint32_t)key->event),
    };
    uint32_t generation = key->event >> MUTRAY__EVENT_GENERATION & 0xffff;
    const struct mutray__stack *stack = mutray__stack_at((uint32_t)key->stack, generation);
    if (stack != NULL) {
        sample.frames = stack->frames;
        sample.frame_count = stack->count;
    }
    sample.truncated = stack != NULL ? stack->truncated : mutray__settings.config.max_frames != 0;
    if (one != NULL) {
        sample.end_ns = one->end != 0 ? wall_clock_at(draining, one->end) : 0;
        sample.span_id = one->span.id;
        sample.local_root_span_id = one->span.root;
    }
    draining->visit(&sample, draining->context);
}

/*
 * Shows single events, and returns their blocks in order. A weight has a fraction, which goes from each event on to the next: rounded for
 * itself it would spoil the sum.
 */
static struct mutray__apart *show_apart(struct draining *draining, const struct mutray__thread_label *label,
                                        struct mutray__apart *apart)
{
    struct mutray__apart *oldest = mutray__apart_in_order(apart);
    for (const struct mutray__apart *block = oldest; block != NULL; block = block->next)
        for (uint32_t i = 0; i < block->used; i++) {
            const struct mutray__apart_event *event = &block->events[i];
            double sum = event->count + draining->rest, count = (double)(uint64_t)sum;
            draining->rest = sum - count;
            show(draining, label, &event->key, count, event->time, event);
        }
    return oldest;
}

static void show_entries(struct draining *draining, const struct mutray__thread_label *label,
                         const struct mutray__entry *entries, uint32_t count)
{
    for (const struct mutray__entry *entry = entries; entry < entries + count; entry++)
        if (!mutray__entry_is_free(entry))
            show(draining, label, &entry->key, entry->count, entry->time, NULL);
}

static bool drain_thread(struct draining *draining, struct mutray__thread *thread)
{
    unsigned sequence = atomic_load(&thread->sequence);
    if (thread->taken == NULL && sequence == thread->drained_sequence)
        return true;
    thread->drained_sequence = sequence;
    struct mutray__table *table = take(thread);
    if (table == NULL)
        return false;
    struct mutray__thread_label label = label_of(thread);
    table->apart = show_apart(draining, &label, table->apart);
    show_entries(draining, &label, table->entries, table->used != 0 ? table->capacity : 0);
    thread->is_shown = true;
    return true;
}

/* For threads whose end nobody told. */
static void look_whether_alive(struct mutray__thread *thread)
{
    if (!thread->exit_is_seen && syscall(SYS_tgkill, getpid(), (int)thread->tid, 0) != 0 && errno == ESRCH)
        mutray__thread_ended(thread);
}

static void add_losses(struct mutray__losses *sum, struct mutray__losses *losses)
{
    for (int i = 0; i < MUTRAY__LOSS_COUNT; i++)
        *mutray__loss_counter(sum, i) += __atomic_load_n(mutray__loss_counter(losses, i), __ATOMIC_RELAXED);
}

/* --- what is left of ended threads --- */

/* Keeps what a dead thread recorded. False: there is no room for it, and it stays where it is. */
static bool keep_remains(struct mutray__thread *thread)
{
    if (take(thread) == NULL)
        return true; /* it never had a table, for want of memory */
    return keep_taken(thread) && !has_more(thread);
}

bool mutray__record_wants_collecting(void)
{
    return atomic_load_explicit(&mutray__threads_ended, memory_order_relaxed) >= ENDED_ARE_MANY;
}

void mutray__record_collect(void)
{
    struct mutray__thread *next;
    for (struct mutray__thread *thread = mutray__threads; thread != NULL; thread = next) {
        next = thread->next;
        if (is_dead(thread) && !thread->is_shown && keep_remains(thread))
            mutray__thread_recycle(thread);
    }
}

static void drop_shown_remains(void)
{
    struct mutray__remains **from = &remains;
    while (*from != NULL) {
        struct mutray__remains *at = *from;
        if (at->is_shown) {
            *from = at->next;
            mutray__apart_free(at->apart);
            mutray__pool_put(at);
        } else {
            from = &at->next;
        }
    }
}

void mutray__forget_ended(void)
{
    struct mutray__thread *next;
    for (struct mutray__thread *thread = mutray__threads; thread != NULL; thread = next) {
        next = thread->next;
        if (is_dead(thread) && thread->taken == NULL)
            mutray__thread_recycle(thread);
    }
    for (struct mutray__remains *at = remains; at != NULL; at = at->next)
        at->is_shown = true;
    drop_shown_remains();
}

static void drain_remains(struct draining *draining)
{
    for (struct mutray__remains *at = remains; at != NULL; at = at->next) {
        struct mutray__thread_label label = label_of_remains(at);
        at->apart = show_apart(draining, &label, at->apart);
        show_entries(draining, &label, at->entries, at->count);
        at->is_shown = true;
    }
}

void mutray__drain_after_fork(void)
{
    remains = NULL;
}

static void drain_all(struct draining *draining)
{
    for (struct mutray__thread *thread = mutray__threads; thread != NULL; thread = thread->next) {
        look_whether_alive(thread);
        look_up_name(thread);
    }
    /* Threads that are dead by now are forgotten once all have been shown: they may be another's holder. */
    for (struct mutray__thread *thread = mutray__threads; thread != NULL; thread = thread->next) {
        bool dead = is_dead(thread);
        thread->is_done = drain_thread(draining, thread) && dead && !has_more(thread);
    }
    drain_remains(draining);
}

/* Forgets what was shown. Threads that were dead by then are forgotten as a whole. */
void mutray__record_written(void)
{
    struct mutray__thread *next;
    mutray__spool_forgetting(true);
    for (struct mutray__thread *thread = mutray__threads; thread != NULL; thread = next) {
        next = thread->next;
        give_back(thread);
        if (thread->is_done)
            mutray__thread_recycle(thread);
    }
    drop_shown_remains();
    mutray__spool_named();
    mutray__spool_forgetting(false);
}

void mutray__record_drain(mutray__visit visit, void *context, struct mutray__totals *ret_totals)
{
    int saved_errno = errno;
    mutray__record_written(); /* or not: then it is lost now */
    mutray__clock_calibrate();
    drain_all(&(struct draining){.visit = visit, .context = context, .wall = wall_clock(), .ticks = mutray__ticks()});
    mutray__stacks_age();
    mutray__record_totals(ret_totals);
    add_losses(&ret_totals->lost, mutray__lost);
    for (struct mutray__thread *thread = mutray__threads; thread != NULL; thread = thread->next)
        add_losses(&ret_totals->lost, &thread->lost);
    if (mutray__spool == NULL)
        mutray__record_written();
    errno = saved_errno;
}

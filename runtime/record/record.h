/*
 * The border between what is recorded in the application's threads (record/) and what is written out (export/).
 *
 * record/ aggregates: per thread one entry for each distinct (site, creation, stack, event, duration bucket), with the
 * estimated number of events and their total time. export/ drains them once per period; a drain hands each entry to a
 * visitor and leaves the tables empty. Everything the visitor is shown stays valid, and each text what it is, until the
 * drain returns; what is marked `stable` is never freed: names survive the module they came from.
 */
#ifndef MUTRAY_RECORD_H
#define MUTRAY_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A place in the source, interned; stable. */
struct mutray__place {
    const char *file;     /* full path, as compiled */
    const char *function; /* "" if none */
    unsigned line;
};

/* How a lock is known: stable. `name` is "cache.c:141:request_lock", "unknown:0:lock" where creation was not seen. */
struct mutray__lock_name {
    const char *name;
    const char *declaration; /* "conn_queue.lock"; "" if unknown */
    const char *kind;        /* "mutex", "rwlock", "spin", "mtx" */
};

struct mutray__thread_label {
    uint64_t id;        /* pthread_self() */
    uint64_t native_id; /* kernel tid */
    const char *name;   /* "" if unknown */
};

enum mutray__event {
    MUTRAY__EVENT_ACQUIRE, /* time is the wait; 0 for an uncontended acquire */
    MUTRAY__EVENT_RELEASE  /* time is the hold */
};

struct mutray__sample {
    enum mutray__event event;
    const char *mode; /* "" or, for a read-write lock, "read", "write" */
    const struct mutray__lock_name *lock;
    const struct mutray__place *leaf;
    const uintptr_t *frames; /* return addresses of the callers, innermost first; the leaf is not among them */
    unsigned frame_count;
    bool truncated;          /* there were more frames */
    bool handed_over;        /* the leaf called the program's own wrapper; its frames, and the leaf's, come first */
    struct mutray__thread_label thread;
    double count;    /* estimated events: the sum of 1/probability */
    double time_ns;  /* estimated total, nanoseconds */
    bool contended;
    uint64_t bucket_ns; /* each event's duration was in [bucket_ns, 2 bucket_ns); 0: below 1 ns or uncontended */
    /* Who held the lock when a contended acquire had to wait; null/empty where it could not be known. */
    const struct mutray__place *holder;
    struct mutray__thread_label holder_thread;
    uint64_t end_ns; /* a single event of the timeline: when it ended, since 1970; else 0 */
    uint64_t span_id, local_root_span_id; /* as the program told mutray_set_span(); 0: none */
};

typedef void (*mutray__visit)(const struct mutray__sample *sample, void *context);

/* What was lost or left out since the process began (or was forked): the one table of such counters. */
#define MUTRAY__LOSSES(X) \
    X(drops_busy, "events dropped because the thread's table was being drained") \
    X(drops_region, "events dropped because the memory budget was spent") \
    X(stacks_folded, "events counted without their stack because a table was full") \
    X(apart_folded, "events counted without their time or span because the room for these was full") \
    X(holds_orphaned, "holds whose release was not seen by the acquiring thread") \
    X(threads_unprofiled, "threads without a table") \
    X(reentrant, "events inside the profiler's own work") \
    X(creations_dropped, "lock creations not remembered because the table was full") \
    X(units_refused, "units built for another version of mutray")

struct mutray__losses {
#define X(name, meaning) uint64_t name;
    MUTRAY__LOSSES(X)
#undef X
};

/* Totals beside the samples. */
struct mutray__totals {
    struct mutray__losses lost;
    uint64_t threads; /* seen since start */
    uint64_t sites, locks, units;
};

struct mutray__record_config {
    double capture_pct;       /* 0..100 */
    uint64_t wait_period_ns;  /* R of the time-weighted rule; 0: every contended acquire */
    bool upscale;             /* count 1/probability per event (else 1) */
    bool bare_members;        /* names of locks that are members: only file:line */
    bool timeline;            /* events one by one, with the time they ended */
    unsigned max_frames;      /* 0: leaf only */
    size_t memory_bytes;      /* budget for all tables */
    char excluded[1024];      /* source files and folders whose locks are not recorded, see exclude.c */
};

/* Reserves the memory for all tables, the first time. 0 or -errno. */
int mutray__record_open(size_t memory_bytes);
/* Starts recording in all attached and later units. Called once by export/ at start-up; 0 or -errno. */
int mutray__record_start(const struct mutray__record_config *config);
/* Stops it: every call of the program is plain again. May be started again. */
void mutray__record_stop(void);
/* mutray__record_confine() will be called in time if the program shuts itself in. */
void mutray__record_hears_of_sandboxes(void);
/* From now on nothing is asked of the kernel in the program's threads. */
void mutray__record_confine(void);
bool mutray__record_is_confined(void);
/* Hands every entry to `visit` and empties the tables. Only one thread at a time. */
void mutray__record_drain(mutray__visit visit, void *context, struct mutray__totals *ret_totals);
/*
 * Between drains, by whoever drains: puts what ended threads have recorded together, so that there is room for new
 * ones. Whether it is time for that may be asked anywhere.
 */
void mutray__record_collect(void);
bool mutray__record_wants_collecting(void);
/*
 * A spool: the tables live in a file, PREFIX.PID.spool, from which they can be read when the process is gone. After
 * mutray__record_open(), and where nobody records: before recording starts, or in a forked child with one thread. What
 * a drain has shown stays in it until mutray__record_written() says that it is elsewhere, or until the next drain.
 */
struct mutray__spool_facts {
    const char *prefix, *program;
    int64_t start_ns; /* of the period, since 1970 */
    const struct mutray__record_config *config;
};
int mutray__record_spool(const struct mutray__spool_facts *facts);
/*
 * A profile of what was shown is about to get its name. Whoever is killed between that and mutray__record_written()
 * leaves a spool from which its reader can tell whether it got it.
 */
void mutray__record_spool_naming(const char *profile);
void mutray__record_written(void);
/* A period begins. */
void mutray__record_spool_period(int64_t start_ns);
/* Looks at what is mapped. Takes a lock of the dynamic loader. */
void mutray__record_spool_modules(void);
/* The last one's path; "" if there was none. */
const char *mutray__record_spool_path(void);
/* All was written: the file goes away. */
void mutray__record_spool_remove(void);
/*
 * Being turned on and off from outside (control.c). `ask` makes the exporter write a profile, if it has a thread; it
 * neither waits nor allocates. 0 or -errno.
 */
void mutray__record_exports(int (*ask)(void));
/* A profile was made. */
void mutray__record_profiled(void);
bool mutray__record_is_on(void);
/* As mutray__record_stop(), where the lock that it takes may never come free. */
void mutray__record_abandon(void);
/* Somebody outside reads the tables; nobody drains them. */
bool mutray__record_is_driven(void);
/* In the child of a fork: forgets everything of the parent's. Async-signal-safe. */
void mutray__record_after_fork(void);
/* This thread's operations are never recorded from now on (the exporter's own thread). */
void mutray__record_ignore_this_thread(void);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Profiles added up by lock: one row for each lock (a read-write lock has one for reading and one for writing), and
 * what the files tell about the run. Any number of files of any number of processes go into one table.
 */
#ifndef MUTRAY_PROFILE_TABLE_H
#define MUTRAY_PROFILE_TABLE_H

#include "profile/profile.h"
#include "profile/spread.h"
#include "record/record.h"

#include <stdbool.h>

/* One of the places, pairs of places or threads that a lock's numbers split into. */
struct mutray_part {
    const char *first, *second; /* a site; waiter and holder; a thread's name and "pid/tid" */
    double acquires, waits, wait_ns, releases, hold_ns;
};

struct mutray_part_node;
struct mutray_part_list { /* while the table is being made */
    struct mutray_part_node *first;
    size_t count;
};

struct mutray_parts {
    struct mutray_part **items;
    size_t count;
};

struct mutray_lock_row {
    const char *name;        /* "cache.c:141:request_lock" */
    const char *declaration; /* "conn.request_lock" or "" */
    const char *kind, *mode; /* "" if not told */
    size_t index;            /* in the table's `locks` */
    char *shown;             /* what a person reads: with the declaration where the bare variable says too little */
    double acquires, wait_ns;
    struct mutray_spread wait; /* of contended acquires */
    struct mutray_spread hold; /* of releases with a bucket */
    double releases, hold_ns;
    struct mutray_part_list site_list, pair_list, thread_list;
    struct mutray_parts sites; /* where it is acquired (waits) and released (holds), most waiting first */
    struct mutray_parts pairs; /* waiter and the site of the holder it waited for */
    struct mutray_parts threads;
};

/* Numbers that processes tell about themselves in comments, added over all processes. */
#define MUTRAY_RUN_COUNTERS(X)                                                                                         \
    X(threads, "threads seen")                                                                                         \
    X(sites, "instrumented calls of lock functions")                                                                   \
    X(locks, "locks known")

enum mutray_run_counter {
#define X(name, meaning) MUTRAY_RUN_##name,
    MUTRAY_RUN_COUNTERS(X) MUTRAY__LOSSES(X)
#undef X
        MUTRAY_RUN_COUNT
};

struct mutray_run {
    double counters[MUTRAY_RUN_COUNT];
    bool told;                       /* at least one file has mutray's comments */
    bool scaled;                     /* counts are scaled up to what happened */
    double capture_min, capture_max; /* DD_PROFILING_CAPTURE_PCT; NAN if not told */
    double wait_period_ns;           /* NAN if not told */
    int64_t start_ns;                /* of the first file */
    double duration_ns;              /* the time that the files cover, counted once where they overlap */
    size_t files, processes;
    size_t idle_processes; /* left out: without any instrumented code */
    char *program;         /* basename; "" if not told, "several" if they differ */
};

struct mutray_table {
    struct mutray_lock_row **locks;
    size_t count;
    struct mutray_run run;
    bool buckets;     /* contended acquires are told apart, and there are percentiles */
    double malformed; /* samples left out because a value is negative */
    struct mutray_table_work *work;
};

/* A table is made of any number of profiles and then finished; after that it only is read. */
struct mutray_table *mutray_table_new(void);
int mutray_table_add(struct mutray_table *table, struct mutray_profile *profile, struct mutray_error *error);
int mutray_table_add_file(struct mutray_table *table, const char *path, struct mutray_error *error);
void mutray_table_finish(struct mutray_table *table);
void mutray_table_free(struct mutray_table *table);

/* The row that a sample of one of the table's profiles is in, or null. */
const struct mutray_lock_row *mutray_table_row(const struct mutray_table *table,
                                               const struct mutray_lock_sample *sample);

/* Reads, adds and finishes; the first file that is wrong ends the program with a message. */
struct mutray_table *mutray_table_of_files(const char *const *paths, size_t count);

/* What a counter means: the text in the tables above and in MUTRAY__LOSSES. */
const char *mutray_run_counter_name(enum mutray_run_counter counter);
const char *mutray_run_counter_meaning(enum mutray_run_counter counter);

#endif

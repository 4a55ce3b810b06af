/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The spool: a file that the tables live in, so that what was recorded outlives a process that is killed; see spool.c.
 * tool/spool/ reads it, by the very structures of this folder, so their layout is part of the file's version.
 *
 *     struct mutray__spool      0 .. MUTRAY__SPOOL_HEADER
 *     a copy of the names       one share
 *     stacks, stacks, pool      six shares: the memory that the process itself uses
 */
#ifndef MUTRAY_SPOOL_H
#define MUTRAY_SPOOL_H

#include "losses.h"
#include "memory.h"
#include "names.h"
#include "stack.h"
#include "thread.h"

#define MUTRAY__SPOOL_MAGIC "mutray spool\r\n\032"
#define MUTRAY__SPOOL_VERSION 2
#define MUTRAY__SPOOL_MODULES 192
#define MUTRAY__SPOOL_LARGEST ((uint64_t)4 << 30) /* a share; references have 32 bits */
#define MUTRAY__SPOOL_HEADER ((size_t)128 << 10)

struct mutray__spool_module {
    uint64_t low, high, bias, offset; /* of the executable segment: addresses, what the loader added, place in the file */
    uint32_t build_id_size;
    unsigned char build_id[36];
    char path[440];
};

/* Where tables are, and all about them that is not in them. */
struct mutray__tables {
    uint64_t layout;
    uint64_t share, names_base, shared_base; /* addresses that pointers in the tables refer to */
    int64_t start_ns;                        /* of the period, since 1970 */
    uint64_t wall_ns, ticks, ns_per_tick;    /* the same moment since 1970 and in ticks, and what these are (clock.h) */
    uint32_t pid, generation;                /* generation: of the current set of stacks */
    uint32_t epoch;                          /* if not 0, threads of an earlier one are not to be read */
    uint32_t upscale, forgetting;            /* forgetting: what was shown is in a profile already */
    double capture_pct, wait_period_ns;
    uint64_t sites, locks;
    struct mutray__losses lost; /* but for those that are counted in threads */
    char program[256];
};

struct mutray__spool {
    char magic[16]; /* written last */
    struct mutray__tables tables;
    char naming[4096]; /* if not empty: once a file has this name, it is the profile of all that was shown */
    uint32_t module_count;
    struct mutray__spool_module modules[MUTRAY__SPOOL_MODULES];
};
_Static_assert(sizeof(struct mutray__spool) <= MUTRAY__SPOOL_HEADER, "the header has its place");

/* Differs where the structures do. */
#define MUTRAY__SPOOL_LAYOUT                                                                                           \
    ((uint64_t)MUTRAY__SPOOL_VERSION << 56 | (uint64_t)sizeof(struct mutray__thread) << 40 |                           \
     (uint64_t)sizeof(struct mutray__losses) << 28 | (uint64_t)sizeof(struct mutray__entry) << 16 |                    \
     (uint64_t)sizeof(struct mutray__site_record) << 8 | (uint64_t)sizeof(struct mutray__remains) << 2)

static inline size_t mutray__spool_size(size_t share)
{
    return MUTRAY__SPOOL_HEADER + 7 * share;
}

/* This process's own; null while there is none. */
extern struct mutray__spool *mutray__spool;

/* Which stacks are the current ones, for the reader. */
static inline void mutray__spool_note_generation(uint32_t generation)
{
    if (mutray__spool != NULL)
        mutray__spool->tables.generation = generation;
}

static inline void mutray__spool_forgetting(bool is_so)
{
    if (mutray__spool != NULL)
        mutray__spool->tables.forgetting = is_so;
}

static inline void mutray__spool_named(void)
{
    if (mutray__spool != NULL)
        mutray__spool->naming[0] = '\0';
}

/* Fills in all but the losses. */
void mutray__tables_describe(struct mutray__tables *tables, const struct mutray__record_config *config,
                             const char *program, int64_t start_ns);
/* How many sites and locks there are. */
void mutray__spool_count(const struct mutray__totals *totals);
/* In a forked child: the tables are the parent's no more. Async-signal-safe. False: there is no memory to record in. */
bool mutray__spool_after_fork(void);

#endif

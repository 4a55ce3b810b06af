/* SPDX-License-Identifier: Apache-2.0 */
/*
 * stress_verify: holds what profiles say about a run against what the run wrote down about itself.
 *
 *     stress_verify [--diagnose] [--assert] [--undelivered REASON] [--received FILE]... ACCOUNT PROFILE...
 *
 * ACCOUNT is the text file of samples/stress/account.c; the names come from the marks (!CREATE! variable) in the source
 * it points to. Profiles are read with mutray's own reader and added up. This program is not instrumented.
 */
#ifndef STRESS_VERIFY_H
#define STRESS_VERIFY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A lock that the source creates. */
struct lock {
    char *variable;
    char *name;    /* what the profile must call it: FILE:LINE:VARIABLE */
    bool expected; /* a phase that took place works with it */
};

/* How a section has its lock; written as a number, in the order of enum stress_kind. */
enum section_kind { SECTION_OWN, SECTION_SHARED, SECTION_AROUND, SECTION_AGAIN };

struct section {
    char *variable, *function;
    enum section_kind kind;
    uint64_t nominal_ns, entries, slept_ns;
};

/* A thread that must have waited for a lock. */
struct waiter {
    char *variable, *thread;
};

struct account {
    char *source_file; /* basename */
    struct lock *locks;
    struct section *sections;
    struct waiter *waiters;
    size_t lock_count, section_count, waiter_count;
    uint64_t wall_ns; /* of the longest phase */
};

/* Ends the program with a message when the account or its source cannot be read. */
void account_read(const char *path, struct account *ret_account);
/* Null when there is none. */
const struct lock *account_lock_named(const struct account *account, const char *name);
const struct lock *account_lock(const struct account *account, const char *variable);

/* What profiles say of one lock in one function. */
struct seen {
    char *name, *function;
    int64_t acquires, wait_ns, releases, hold_ns;
    int64_t shortest_hold_ns; /* no hold was shorter than half of this: the least upper end of their buckets; 0: none */
};

/* One thread's waits for one lock. */
struct seen_wait {
    char *name, *thread;
    int64_t wait_ns;
};

struct evidence {
    struct seen *seen;
    struct seen_wait *waits;
    size_t seen_count, wait_count, profile_count;
    size_t seen_capacity, wait_capacity;
    uint64_t lost; /* events that the profiler itself says it could not keep */
};

/* Adds a profile; false, with a message on stderr, if it cannot be read. */
bool evidence_add(struct evidence *evidence, const char *path);
/* The distinct names, sorted; the array is the caller's, the names are not. */
const char **evidence_names(const struct evidence *evidence, size_t *ret_count);

/* Prints one line per assertion; the number of those that do not hold. */
unsigned check_all(const struct account *account, const struct evidence *evidence);
/* The names that came to the other end must be those in the files. */
unsigned check_received(const struct evidence *local, const struct evidence *received);
/* Why a name is not a good one, or null: "generic", "an address", "a line outside the source", … */
const char *name_fault(const struct account *account, const char *name);

#endif

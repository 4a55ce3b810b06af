/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the stress programs share: a command line, a profiled environment, crews of workers, and a count of what was
 * really done with each lock.
 *
 * A program is a table of phases. Each phase is a function that works with some locks the way a service would; a crew
 * of threads calls it until its time is up. Inside every critical section the function says HOLD(lock, microseconds),
 * which sleeps and counts. The counts are the truth that a profile of the run is judged by (verify.c); they use no
 * lock, so the only locks in such a program are the ones under test.
 *
 * Nothing here knows of mutray: the programs are instrumented by their compile command alone. The one exception is the
 * final flush, a weak reference that is null in a plain build.
 */
#ifndef STRESS_H
#define STRESS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/* Everything the program was asked to do. */
struct stress_options {
    unsigned duration; /* seconds, all phases together */
    unsigned workers;  /* threads per phase */
    bool verify;
};

struct stress_phase {
    const char *title;
    void (*work)(unsigned worker, unsigned iterations);
    const char *locks;     /* the variables that must show up in the profile, separated by spaces */
    bool recursive_only;   /* needs a lock that its owner can take again */
    const char *contended; /* the variable that every worker must have waited for, or null */
};

/* One program. */
struct stress_suite {
    const char *program; /* also the prefix of its files in /tmp */
    const char *headline;
    const char *service, *env;
    struct stress_options defaults;
    bool recursive;
    bool local_files;                  /* always writes profiles under /tmp, not only when asked to verify */
    unsigned iterations;               /* of one call of a phase's function */
    const char *source;                /* path of the file with the locks and their !CREATE! marks */
    const struct stress_phase *phases; /* up to the one without a title */
};

/* --- options.c: what was asked for --- */

/*
 * Reads the command line and puts the profiler's settings into the environment; as the profiler reads them before main,
 * the program starts itself again when they were not there yet. Wrong usage ends the program with status 2.
 */
void stress_begin(const struct stress_suite *suite, char **argv, struct stress_options *ret_options);

/* --- announce.c: what people are told --- */

void stress_announce(const struct stress_suite *suite, const struct stress_options *options);
/* Whether the environment says where profiles go. Without that, none of these programs expects an upload to succeed. */
bool stress_has_destination(void);
void stress_tell_where_to_look(const struct stress_suite *suite);
/* Removes the files of earlier runs, PREFIX.PID.…, whose process is gone. */
void stress_clear_old_files(const char *prefix);

/* --- crew.c: workers --- */

/* Runs the phases one after another, each for its share of the duration; 0 or a negative errno. */
int stress_run_in_turn(const struct stress_suite *suite, const struct stress_options *options);
/* Runs all phases at once, for the whole duration. */
int stress_run_together(const struct stress_suite *suite, const struct stress_options *options);
/* Somebody pressed Ctrl-C or sent SIGTERM: return soon. The signal's number, or 0. */
int stress_stopping(void);
/* The name a thread can have in the kernel (15 bytes): as much of the beginning as fits, and which worker it is. */
void stress_kernel_name(const char *title, unsigned worker, char ret_name[16]);

/* --- account.c: the truth --- */

/* How a critical section has its lock. */
enum stress_kind {
    STRESS_OWN,    /* no other thread knows this lock */
    STRESS_SHARED, /* all workers use one and the same */
    STRESS_AROUND, /* as OWN, and the time passes in an AGAIN section inside */
    STRESS_AGAIN   /* the caller holds it already: an acquire, but not the end of a hold */
};

/* A critical section in the source. */
struct stress_section {
    const char *variable, *function;
    unsigned microseconds; /* a hold that ends here lasted at least so long */
    enum stress_kind kind;
    atomic_bool listed;
    atomic_uint_fast64_t entries, slept_ns;
    struct stress_section *next;
};

#define STRESS_SECTION(variable_, us, kind_)                                                                           \
    do {                                                                                                               \
        static struct stress_section section_ = {.variable = #variable_, .microseconds = (us), .kind = (kind_)};       \
        stress_hold(&section_, __func__);                                                                              \
    } while (0)
/* To be said between acquire and release of `variable`. */
#define HOLD(variable, us) STRESS_SECTION(variable, us, STRESS_OWN)
#define HOLD_SHARED(variable, us) STRESS_SECTION(variable, us, STRESS_SHARED)
#define HOLD_AROUND(variable, us) STRESS_SECTION(variable, us, STRESS_AROUND)
#define HOLD_AGAIN(variable, us) STRESS_SECTION(variable, us, STRESS_AGAIN)

void stress_hold(struct stress_section *section, const char *function);
void stress_sleep(unsigned microseconds);
uint64_t stress_clock_ns(void);
/* Writes down what was done, for the verifier; 0 or a negative errno. */
int stress_write_account(const struct stress_suite *suite, const struct stress_options *options, const char *path);
/* Called by crews: a phase has been through, and took this long. */
void stress_phase_done(const struct stress_phase *phase, unsigned number, uint64_t wall_ns);
/* As shown to people and as given to threads: "Phase 3: Class Member Locks"; the number 0 leaves it out. */
void stress_title(const struct stress_phase *phase, unsigned number, char ret_title[64]);

/* --- finish.c: flush, and the verdict --- */

/* Flushes the profile, has it judged if that was asked for, tells where to look. Returns the exit status. */
int stress_finish(const struct stress_suite *suite, const struct stress_options *options, int error);

#endif

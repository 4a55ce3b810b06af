/* SPDX-License-Identifier: Apache-2.0 */
/* Draining into memory, for tests that look at samples; see collect.c. */
#ifndef MUTRAY_TEST_COLLECT_H
#define MUTRAY_TEST_COLLECT_H

#include "record.h"

/* A sample with everything that does not outlive the drain copied. */
struct collected {
    struct mutray__sample sample;
    char thread_name[16], holder_name[16];
    uintptr_t frames[16];
};

/* Which samples to sum: null and -1 match all. */
struct which {
    const char *name;
    int event;
    const char *mode;
    int contended;
    unsigned line; /* 0 matches all */
};
#define ACQUIRES(name_) (struct which){.name = (name_), .event = MUTRAY__EVENT_ACQUIRE, .contended = -1}
#define RELEASES(name_) (struct which){.name = (name_), .event = MUTRAY__EVENT_RELEASE, .contended = -1}

extern struct collected *collected;
extern size_t collected_count;
extern struct mutray__totals totals;

/* Drains, and forgets what was collected before. */
void collect(void);
/* Drains, adding to what was collected before. */
void collect_more(void);
double count_of(struct which which);
double time_of(struct which which);
const struct mutray__sample *find_sample(struct which which);

/* Starts recording with the defaults of tests: everything, unlimited, no stacks. */
void start(double capture_pct, uint64_t wait_period_ns);
void start_with(const struct mutray__record_config *config);
/* Stops, and throws away what was recorded. */
void stop(void);

void sleep_ms(unsigned ms);
/* Runs a function in a thread and waits for it. */
void in_thread(void *(*function)(void *), void *argument);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* What time is it? In ticks, which are cheap; and how long are they? See clock.c. */
#ifndef MUTRAY_CLOCK_H
#define MUTRAY_CLOCK_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <time.h>

struct mutray__clock {
    bool is_counter;           /* ticks are the processor's, else nanoseconds */
    _Atomic uint64_t ns_per_tick; /* times 2^32 */
};
extern struct mutray__clock mutray__clock;

/* Chooses the clock, the first time. Before recording starts. -EPERM: the program may not look at any. */
int mutray__clock_open(void);
/* The program is about to forbid itself the counter, from which the kernel's clock is made too. */
void mutray__clock_forbid(void);
/* Measures the ticks' length anew. Now and then, by one thread at a time. */
void mutray__clock_calibrate(void);

/* The kernel's clock, which never steps. */
static inline uint64_t mutray__now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static inline uint64_t mutray__counter(void)
{
#if defined(__x86_64__)
    return __builtin_ia32_rdtsc();
#elif defined(__aarch64__)
    uint64_t ticks;
    __asm__ volatile("mrs %0, cntvct_el0" : "=r"(ticks));
    return ticks;
#else
    return 0;
#endif
}

static inline uint64_t mutray__ticks(void)
{
    return __builtin_expect(mutray__clock.is_counter, 1) ? mutray__counter() : mutray__now();
}

/* The nanoseconds from one moment to a later one; 0 if it was not later. */
static inline uint64_t mutray__ns_between(uint64_t from, uint64_t to)
{
    uint64_t length = atomic_load_explicit(&mutray__clock.ns_per_tick, memory_order_relaxed);
    return to > from ? (uint64_t)((unsigned __int128)(to - from) * length >> 32) : 0;
}

#endif

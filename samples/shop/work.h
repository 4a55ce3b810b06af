/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a real shop spends its time on and a sample has to act: computing, waiting for a device, and chance.
 */
#ifndef SHOP_WORK_H
#define SHOP_WORK_H

#include <stdint.h>
#include <time.h>

/* Waits for something outside: a disk, a supplier, a network. */
static inline void wait_for_device(long microseconds)
{
    struct timespec t = {.tv_sec = 0, .tv_nsec = microseconds * 1000};
    nanosleep(&t, NULL);
}

/* Computes for a while; the result depends on every round, so that no compiler leaves one out. */
static inline uint64_t compute(uint64_t seed, unsigned rounds)
{
    for (unsigned i = 0; i < rounds; i++)
        seed = seed * 6364136223846793005u + 1442695040888963407u;
    return seed;
}

/* The same sequence for the same start on every run: what is sold must not depend on the weather. */
static inline unsigned dice(uint64_t *state, unsigned sides)
{
    *state = compute(*state, 1);
    return (unsigned)(*state >> 33) % sides;
}

#endif

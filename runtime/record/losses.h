/* SPDX-License-Identifier: Apache-2.0 */
/* Counting what is lost, one counter for each line of MUTRAY__LOSSES. */
#ifndef MUTRAY_LOSSES_H
#define MUTRAY_LOSSES_H

#include "record.h"

enum mutray__loss {
#define X(name, meaning) MUTRAY__LOST_##name,
    MUTRAY__LOSSES(X)
#undef X
    MUTRAY__LOSS_COUNT
};

/* What has no thread to be counted at, or whose thread is gone. */
extern struct mutray__losses *mutray__lost;

static inline uint64_t *mutray__loss_counter(struct mutray__losses *losses, enum mutray__loss what)
{
    return (uint64_t *)losses + what; /* nothing but counters is in there */
}

static inline void mutray__lose_global(enum mutray__loss what)
{
    __atomic_fetch_add(mutray__loss_counter(mutray__lost, what), 1, __ATOMIC_RELAXED);
}

#endif

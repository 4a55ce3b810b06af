/* SPDX-License-Identifier: Apache-2.0 */
/* Random numbers and geometric gaps for sampling; see random.c. */
#ifndef MUTRAY_RANDOM_H
#define MUTRAY_RANDOM_H

#include <stdint.h>

/* Fills the table of logarithms; before any gap is drawn. */
void mutray__random_init(void);
/* A generator's state, never 0, well mixed even from small seeds. */
uint64_t mutray__random_seed(uint64_t seed);
uint64_t mutray__random_next(uint64_t *state);
/* log2(1 - probability), which a gap needs; probability in (0, 1). */
double mutray__random_log2_miss(double probability);
/* How many events to go until the one that is sampled, at least 1: geometric. */
int64_t mutray__random_gap(uint64_t *state, double log2_miss);

#endif

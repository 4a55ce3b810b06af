/* SPDX-License-Identifier: Apache-2.0 */
/*
 * When is the next sample? Sampling every 100th acquire would be blind to a program that takes four locks in turn, so
 * each event must be chosen independently, with probability p. Tossing a coin per event is too dear; the number of
 * events until the next head is geometric and can be drawn at once: 1 + floor(log(u) / log(1 - p)), u uniform in (0,
 * 1).
 *
 * log() would tie every program to libm, so logarithms (base 2) come from a table of 256 steps with interpolation, off
 * by less than 3e-6. The table is filled at the start by squaring: log2(x) gains one bit each time x is squared.
 */
#include "random.h"

#define STEP_BITS 8
#define STEPS (1 << STEP_BITS)
#define LONGEST_GAP ((int64_t)1 << 62)

/* log2(1 + i / STEPS) */
static double log2_table[STEPS + 1];

/* For x in [1, 2]. */
static double log2_by_squaring(double x)
{
    double result = 0;
    for (double bit = 0.5; bit > 1e-16; bit /= 2) {
        x *= x;
        if (x >= 2) {
            x /= 2;
            result += bit;
        }
    }
    return result;
}

void mutray__random_init(void)
{
    if (log2_table[STEPS] == 1)
        return;
    for (int i = 0; i < STEPS; i++)
        log2_table[i] = log2_by_squaring(1 + (double)i / STEPS);
    log2_table[STEPS] = 1;
}

uint64_t mutray__random_seed(uint64_t seed)
{
    /* splitmix64 */
    seed += 0x9e3779b97f4a7c15;
    seed = (seed ^ (seed >> 30)) * 0xbf58476d1ce4e5b9;
    seed = (seed ^ (seed >> 27)) * 0x94d049bb133111eb;
    seed ^= seed >> 31;
    return seed != 0 ? seed : 1;
}

uint64_t mutray__random_next(uint64_t *state)
{
    /* xorshift64* */
    uint64_t x = *state;
    x ^= x >> 12;
    x ^= x << 25;
    x ^= x >> 27;
    *state = x;
    return x * 0x2545f4914f6cdd1d;
}

double mutray__random_log2_miss(double probability)
{
    /* Near 0 the series keeps the digits that 1 - p would lose. */
    if (probability < 0.01) {
        double power = probability, sum = 0;
        for (int n = 1; n < 12; n++, power *= probability)
            sum += power / n;
        return -sum / 0.69314718055994530942;
    }
    double miss = 1 - probability, exponent = 0;
    for (; miss < 1; exponent--)
        miss *= 2;
    return exponent + log2_by_squaring(miss);
}

/* log2 of u / 2^64 for u > 0. */
static double log2_of_fraction(uint64_t u)
{
    int zeros = __builtin_clzll(u);
    uint64_t mantissa = u << zeros << 1;
    unsigned step = mantissa >> (64 - STEP_BITS);
    double within = (double)(mantissa << STEP_BITS) / 18446744073709551616.0;
    return log2_table[step] + within * (log2_table[step + 1] - log2_table[step]) - zeros - 1;
}

int64_t mutray__random_gap(uint64_t *state, double log2_miss)
{
    if (!(log2_miss < 0)) /* also a thread that was caught while recording starts */
        return 1;
    double gap = log2_of_fraction(mutray__random_next(state) | 1) / log2_miss;
    return gap < (double)LONGEST_GAP ? 1 + (int64_t)gap : LONGEST_GAP;
}

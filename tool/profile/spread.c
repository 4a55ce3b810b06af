/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Percentiles from a histogram of powers of two. Inside a bucket the events are taken to be spread evenly over the
 * widest range that lies in the bucket and has the bucket's mean, which the profile tells: for a bucket [b, 2b) with
 * mean m that is [b, 2m - b] or [2m - 2b, 2b].
 */
#include "profile/spread.h"

#include "base/say.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

/* Makes the range of buckets that are there reach to bucket i. */
static void reach(struct mutray_spread *spread, int i)
{
    int first = spread->used == 0 || i < spread->first ? i : spread->first;
    int end = spread->used == 0 || i >= spread->first + spread->used ? i + 1 : spread->first + spread->used;
    if (end - first == spread->used) return;
    struct mutray_bucket *buckets = mutray_calloc((size_t)(end - first), sizeof *buckets);
    for (int j = 0; j < spread->used; j++) buckets[spread->first - first + j] = spread->buckets[j];
    free(spread->buckets);
    spread->buckets = buckets;
    spread->first = first;
    spread->used = end - first;
}

void mutray_spread_free(struct mutray_spread *spread)
{
    free(spread->buckets);
}

struct mutray_bucket mutray_spread_bucket(const struct mutray_spread *spread, int i)
{
    bool there = i >= spread->first && i < spread->first + spread->used;
    return there ? spread->buckets[i - spread->first] : (struct mutray_bucket){0, 0};
}

void mutray_spread_add(struct mutray_spread *spread, int64_t bucket, double count, double total)
{
    int i = bucket < 1 ? 0 : 63 - __builtin_clzll((uint64_t)bucket);
    double most = fmin(total, ldexp(1, i + 1));
    double least = count > 0 ? fmin(total / count, most) : 0;
    spread->count += count;
    spread->total += total;
    reach(spread, i);
    spread->buckets[i - spread->first].count += count;
    spread->buckets[i - spread->first].total += total;
    spread->longest_least = fmax(spread->longest_least, least);
    spread->longest_most = fmax(spread->longest_most, most);
}

/* Where in bucket i the event is that `part` (0..1) of the bucket's events are shorter than. */
static double inside(const struct mutray_spread *spread, int i, double part)
{
    struct mutray_bucket bucket = mutray_spread_bucket(spread, i);
    double low = i == 0 ? 0 : ldexp(1, i);
    double high = ldexp(1, i + 1);
    double mean = fmin(fmax(bucket.total / bucket.count, low), high);
    if (bucket.count <= 1) return mean;
    double half = fmin(mean - low, high - mean);
    return mean - half + 2 * half * part;
}

double mutray_spread_percentile(const struct mutray_spread *spread, double percent)
{
    if (spread->count <= 0) return NAN;
    double rank = spread->count * percent / 100;
    double before = 0;
    int last = 0;
    for (int i = 0; i < MUTRAY_BUCKETS; i++) {
        double count = mutray_spread_bucket(spread, i).count;
        if (count <= 0) continue;
        if (before + count >= rank) return fmin(inside(spread, i, (rank - before) / count), spread->longest_most);
        before += count;
        last = i;
    }
    return inside(spread, last, 1);
}

double mutray_spread_average(const struct mutray_spread *spread)
{
    return spread->count > 0 ? spread->total / spread->count : NAN;
}

double mutray_spread_longest(const struct mutray_spread *spread)
{
    return spread->count > 0 ? spread->longest_most : NAN;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How the durations of many events are spread: count, total, and a count and a total for each power of two. That is all
 * a profile says, and it bounds every percentile: estimate and truth are in one bucket [b, 2b), so the estimate is
 * never off by more than a factor of two, and exact where the bucket has one event.
 */
#ifndef MUTRAY_PROFILE_SPREAD_H
#define MUTRAY_PROFILE_SPREAD_H

#include <stdint.h>

enum { MUTRAY_BUCKETS = 64 }; /* bucket i: [2^i, 2^(i+1)) nanoseconds; 0 also has what was shorter */

struct mutray_bucket {
    double count, total;
};

struct mutray_spread {
    double count, total;
    struct mutray_bucket *buckets; /* `used` of them, from `first` on: the others have no events */
    int first, used;
    double longest_least, longest_most; /* the longest event took between these */
};

/* Adds events that each took [bucket, 2 bucket) nanoseconds. */
void mutray_spread_add(struct mutray_spread *spread, int64_t bucket, double count, double total);
void mutray_spread_free(struct mutray_spread *spread);
struct mutray_bucket mutray_spread_bucket(const struct mutray_spread *spread, int i);
/* NAN when there are no events. `percent` of 50 is the median. */
double mutray_spread_percentile(const struct mutray_spread *spread, double percent);
double mutray_spread_average(const struct mutray_spread *spread);
/* An upper bound of the longest event, exact if it was recorded alone; NAN when there are none. */
double mutray_spread_longest(const struct mutray_spread *spread);

#endif

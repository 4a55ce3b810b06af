/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers as people read and write them: "1.53ms", "12.4k", "5ms". */
#ifndef MUTRAY_BASE_UNITS_H
#define MUTRAY_BASE_UNITS_H

#include <stddef.h>

struct mutray_number {
    char text[24];
};

/* Three significant digits and a unit: 999ns 1.53us 45.6ms 1.20s 12m30s 3h05m. */
struct mutray_number mutray_duration(double nanoseconds);
/* Exact up to 99999, then three significant digits and k, M, G, T. */
struct mutray_number mutray_quantity(double count);
/* "12.4%", "<0.1%" for what would round to nothing. */
struct mutray_number mutray_percent(double percent);

/* Reads "5ms", "1.5s", "250us", "10ns", "2m" (minutes), "1h"; 0 or -EINVAL. */
int mutray_duration_parse(const char *text, double *ret_nanoseconds);

#endif

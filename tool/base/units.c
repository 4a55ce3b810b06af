/* SPDX-License-Identifier: Apache-2.0 */
/* Durations, counts and percentages, to and from text. */
#include "base/units.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *name;
    double nanoseconds;
} units[] = {{"ns", 1}, {"us", 1e3}, {"ms", 1e6}, {"s", 1e9}, {"m", 60e9}, {"h", 3600e9}};

/* Three significant digits. 999.6 is checked for so that it becomes the next unit's 1.00 and never "1000". */
static void three_digits(struct mutray_number *number, double value, const char *unit)
{
    int decimals = value < 9.995 ? 2 : value < 99.95 ? 1 : 0;
    snprintf(number->text, sizeof number->text, "%.*f%s", decimals, value, unit);
}

struct mutray_number mutray_duration(double nanoseconds)
{
    struct mutray_number number;
    if (nanoseconds < 999.5) {
        snprintf(number.text, sizeof number.text, "%.0f%s", nanoseconds, nanoseconds < 0.5 ? "" : "ns");
    } else if (nanoseconds < 999.5e3) {
        three_digits(&number, nanoseconds / 1e3, "us");
    } else if (nanoseconds < 999.5e6) {
        three_digits(&number, nanoseconds / 1e6, "ms");
    } else if (nanoseconds < 599.5e9) {
        three_digits(&number, nanoseconds / 1e9, "s");
    } else {
        double seconds = fmin(round(nanoseconds / 1e9), 1e12);
        if (seconds < 36000) {
            snprintf(number.text, sizeof number.text, "%.0fm%02.0fs", floor(seconds / 60), fmod(seconds, 60));
        } else {
            snprintf(number.text, sizeof number.text, "%.0fh%02.0fm", floor(seconds / 3600),
                     floor(fmod(seconds, 3600) / 60));
        }
    }
    return number;
}

struct mutray_number mutray_quantity(double count)
{
    struct mutray_number number;
    if (count < 99999.5) {
        snprintf(number.text, sizeof number.text, "%.0f", count);
    } else if (count < 999.5e3) {
        three_digits(&number, count / 1e3, "k");
    } else if (count < 999.5e6) {
        three_digits(&number, count / 1e6, "M");
    } else if (count < 999.5e9) {
        three_digits(&number, count / 1e9, "G");
    } else {
        three_digits(&number, count / 1e12, "T");
    }
    return number;
}

struct mutray_number mutray_percent(double percent)
{
    struct mutray_number number;
    if (percent > 0 && percent < 0.05) {
        snprintf(number.text, sizeof number.text, "<0.1%%");
    } else {
        snprintf(number.text, sizeof number.text, percent < 99.95 ? "%.1f%%" : "%.0f%%", percent);
    }
    return number;
}

int mutray_duration_parse(const char *text, double *ret_nanoseconds)
{
    char *end;
    double value = strtod(text, &end);
    if (end == text || !isfinite(value) || value < 0) return -EINVAL;
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        if (strcmp(end, units[i].name) == 0) {
            *ret_nanoseconds = value * units[i].nanoseconds;
            return 0;
        }
    }
    return -EINVAL;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Judging a table: against another one, and against limits. */
#ifndef MUTRAY_PROFILE_COMPARE_H
#define MUTRAY_PROFILE_COMPARE_H

#include "base/options.h"
#include "profile/view.h"

enum mutray_diff_form { MUTRAY_DIFF_TEXT, MUTRAY_DIFF_JSON, MUTRAY_DIFF_CSV };

/* From the command line; a null text is no threshold. Dies on what is not one. */
struct mutray_threshold {
    bool given;
    double percent, least; /* growth in percent, and in the field's own unit, that both must be exceeded */
};
struct mutray_threshold mutray_threshold_parse(const char *text);

struct mutray_limit {
    const char *text;
    size_t lock_length; /* the part before the '=' */
    double most;        /* nanoseconds */
};
struct mutray_limit *mutray_limits_parse(const struct mutray_list *list);

/*
 * Shows how each lock changed from `base` to `now`; largest growth of the view's sort field first. Returns
 * MUTRAY_EXIT_NO when that field of a lock grew by more than the threshold, else 0.
 */
int mutray_compare(const struct mutray_table *base, const struct mutray_table *now, const struct mutray_view *view,
                   enum mutray_diff_form form, struct mutray_threshold threshold, FILE *out);

/* Checks limits, says each that does not hold, returns how many; dies on one that cannot be checked. */
size_t mutray_limits_check(const struct mutray_table *table, const struct mutray_limit *limits, size_t count);

#endif

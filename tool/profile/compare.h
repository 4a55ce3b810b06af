/* SPDX-License-Identifier: Apache-2.0 */
/* Judging a table: against another one, and against limits. */
#ifndef MUTRAY_PROFILE_COMPARE_H
#define MUTRAY_PROFILE_COMPARE_H

#include "base/options.h"
#include "profile/view.h"

enum mutray_diff_form { MUTRAY_DIFF_TEXT, MUTRAY_DIFF_JSON, MUTRAY_DIFF_CSV };

/*
 * Shows how each lock changed from `base` to `now`; largest growth of the view's sort field first. With a threshold
 * ("20", or "20,1ms" to leave out smaller changes) returns MUTRAY_EXIT_NO when that field grew by more, else 0.
 */
int mutray_compare(const struct mutray_table *base, const struct mutray_table *now, const struct mutray_view *view,
                   enum mutray_diff_form form, const char *threshold, FILE *out);

/* Checks limits "LOCK=TIME", says each that does not hold, returns how many; dies on one that cannot be checked. */
size_t mutray_limits_check(const struct mutray_table *table, const struct mutray_list *limits);

#endif

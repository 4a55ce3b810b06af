/* SPDX-License-Identifier: Apache-2.0 */
/* Profiles in the forms of other viewers, which show the lock as the innermost frame of a stack, and as a page. */
#ifndef MUTRAY_PROFILE_EXPORT_H
#define MUTRAY_PROFILE_EXPORT_H

#include "profile/stacks.h"

#include <stdio.h>

/* "outer;inner;lock 123" lines, for flamegraph.pl, inferno and everything that reads those. */
void mutray_export_folded(const struct mutray_stacks *stacks, enum mutray_value value, FILE *out);
/* speedscope's own format, with one profile for each value. */
void mutray_export_speedscope(const struct mutray_stacks *stacks, FILE *out);
/*
 * One page for a browser, with everything in it. Source lines are of files as the profile names them, relative names
 * from the folder `source` on; null leaves source lines out.
 */
void mutray_export_html(const struct mutray_stacks *stacks, const char *source, FILE *out);
/* pprof (gzip), for viewers that ignore labels; 0 or -errno. */
int mutray_export_leaf(const struct mutray_stacks *stacks, int fd);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* The text for libclang to parse: as long as the unit's, without the function bodies that have nothing to do with locks. */
#ifndef MUTRAY_INSTRUMENT_PRUNE_H
#define MUTRAY_INSTRUMENT_PRUNE_H

#include "text.h"

struct body {
    size_t begin, end; /* what is between the braces */
};

struct pruned {
    const char *bytes; /* as many as the text has, then a NUL */
    LIST(struct body) blank; /* in order */
};

void text_prune(const struct text *text, struct pruned *ret_pruned);
/* Does a body that is blank now, or any macro, speak of `name`? */
bool pruned_mentions(const struct text *text, const struct pruned *pruned, const char *name);

#endif

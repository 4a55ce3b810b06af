/* SPDX-License-Identifier: Apache-2.0 */
/* Sets of parts while a table is being made. */
#ifndef MUTRAY_PROFILE_PARTS_H
#define MUTRAY_PROFILE_PARTS_H

#include "profile/table.h"

/* The part for (first, second), made on first use. */
struct mutray_part *mutray_parts_at(struct mutray_part_set **set, const char *first, const char *second);
/* All of them, longest wait first, then longest hold, then by name. */
struct mutray_parts mutray_parts_sorted(struct mutray_part_set *set);
void mutray_parts_free(struct mutray_part_set **set, struct mutray_parts *sorted);

#endif

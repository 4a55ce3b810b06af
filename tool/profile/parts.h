/* SPDX-License-Identifier: Apache-2.0 */
/* What locks' numbers split into, while a table is being made. */
#ifndef MUTRAY_PROFILE_PARTS_H
#define MUTRAY_PROFILE_PARTS_H

#include "profile/table.h"

/* All parts of a table; null at first. */
struct mutray_part_index;

/* The part of a list for (first, second), made on first use. `*spent` is raised by the memory that took. */
struct mutray_part *mutray_parts_at(struct mutray_part_index **index, struct mutray_part_list *list, const char *first,
                                    const char *second, size_t *spent);
/* A list's, longest wait first, then longest hold, then by name. */
struct mutray_parts mutray_parts_sorted(const struct mutray_part_list *list);
void mutray_parts_free(struct mutray_part_index **index);

#endif

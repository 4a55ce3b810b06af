/* SPDX-License-Identifier: Apache-2.0 */
/* Names of locks as people see them. */
#ifndef MUTRAY_PROFILE_NAMES_H
#define MUTRAY_PROFILE_NAMES_H

#include "profile/table.h"

/* Fills in `shown` of every row. */
void mutray_names_show(struct mutray_table *table);

/* The last word of "cache.c:141:lock": "lock". */
const char *mutray_names_variable(const char *name);

/* The lock was never seen being created, so its name has no place: "unknown:0:lock". */
bool mutray_names_unknown(const struct mutray_lock_row *row);

#endif

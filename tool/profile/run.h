/* SPDX-License-Identifier: Apache-2.0 */
/* What profiles tell about the run they are of; used by table.c while it adds files. */
#ifndef MUTRAY_PROFILE_RUN_H
#define MUTRAY_PROFILE_RUN_H

#include "profile/table.h"

struct mutray_run_work;

/* The value of a profile's comment "mutray.KEY=VALUE", or null. As long as the profile. */
const char *mutray_run_fact(const struct mutray_profile *profile, const char *key);

struct mutray_run_work *mutray_run_new(void);
/* The process that a profile is of, as text. */
void mutray_run_process(const struct mutray_profile *profile, char *ret_process, size_t size);
/* Takes in a profile's time and comments; `has_samples`: it has any about locks. */
void mutray_run_add(struct mutray_run_work *work, const struct mutray_profile *profile, bool has_samples);
void mutray_run_finish(struct mutray_run_work *work, struct mutray_run *ret_run);
void mutray_run_free(struct mutray_run_work *work);

#endif

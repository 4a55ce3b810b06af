/* SPDX-License-Identifier: Apache-2.0 */
/* Whether the sites that hints name can still be read; see hints.c. */
#ifndef MUTRAY_HINTS_H
#define MUTRAY_HINTS_H

#include "mutray/abi.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/* Whether a unit has ever been detached. */
extern atomic_bool mutray__hints_may_be_stale;

/* Under the units' lock. */
void mutray__hints_attach(const struct mutray__unit *unit);
void mutray__hints_detach(const struct mutray__unit *unit);

/* Whether the site belongs to a unit that is attached now. */
bool mutray__site_is_attached(const struct mutray__site *site);

#endif

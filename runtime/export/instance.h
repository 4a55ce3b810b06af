/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MUTRAY_INSTANCE_H
#define MUTRAY_INSTANCE_H

#include <stdbool.h>

/* Whether no other runtime in this process goes before this one. Only at start-up: it takes the loader's lock. */
bool mutray__instance_is_first(void);

#endif

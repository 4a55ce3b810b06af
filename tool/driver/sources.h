/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A look at a unit's files themselves, without the preprocessor: a tenth of the time, and enough to see that most units
 * have nothing to do with locks.
 */
#ifndef MUTRAY_DRIVER_SOURCES_H
#define MUTRAY_DRIVER_SOURCES_H

#include "instrument/arena.h"
#include "unit.h"

/*
 * Has the unit of this cc1 command certainly nothing to do with locks? Else why that is not certain, or the word that
 * shows the contrary. What this says no to, text_relevance() would say no to as well, if asked about preprocessed text.
 */
bool sources_without_locks(const struct unit *unit, struct arena *arena, const char **ret_reason);

#endif

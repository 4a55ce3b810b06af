/* SPDX-License-Identifier: Apache-2.0 */
/* Locks that come into being by a definition. Only files that use libclang include this. */
#ifndef MUTRAY_INSTRUMENT_CREATIONS_H
#define MUTRAY_INSTRUMENT_CREATIONS_H

#include "unit.h"
#include <clang-c/Index.h>

/* Adds the locks that the definition of `variable` makes, if any. */
void note_creations(struct unit *unit, CXCursor variable);
/* Code uses `variable`. */
void note_used(struct unit *unit, CXCursor variable);
/* Drops the addresses of variables that nothing uses, so that the compiler still says so. For when all uses are noted. */
void forget_unused(struct unit *unit);

#endif

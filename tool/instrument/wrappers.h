/* SPDX-License-Identifier: Apache-2.0 */
/* Calls that hand a lock to, or get one from, the program's own functions. Only files that use libclang include this. */
#ifndef MUTRAY_INSTRUMENT_WRAPPERS_H
#define MUTRAY_INSTRUMENT_WRAPPERS_H

#include "unit.h"
#include <clang-c/Index.h>

/* Adds a hand-over for each argument of `call` that is a lock; `around` gives the site's enclosing function and place. */
void note_hand_overs(struct unit *unit, CXCursor call, const struct site *around);
/* Adds a made site if `value`, which `target` (an lvalue, or a variable that it initialises) receives, is such a call. */
void note_made(struct unit *unit, CXCursor target, CXCursor value, const struct site *around);
/* The callee of a call, through parentheses, `*` and `&`. */
CXCursor callee_of(CXCursor call);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* From an expression that denotes a lock to the declaration it names. Only files that use libclang include this. */
#ifndef MUTRAY_INSTRUMENT_NAMES_H
#define MUTRAY_INSTRUMENT_NAMES_H

#include "unit.h"
#include <clang-c/Index.h>

/* Names what a lock function was handed: `&p->queue.lock`, `locks + i`, `m`. */
struct named name_expression(struct unit *unit, CXCursor expression);
/* Index of the lock that is a variable, or the member `field` of some record. */
int name_variable(struct unit *unit, CXCursor variable);
int name_field(struct unit *unit, CXCursor field);

/* What a typedef, attribute or `typeof` stands for; false when there is nothing to look through. */
bool type_peel(CXType *type);
/* True for a type that is a lock through any typedefs, not through pointers or arrays. */
bool type_is_lock(CXType type);
/* The type as it is written in front of a name; NULL for one that cannot be (unnamed, or a declarator around the name). */
const char *type_text(struct unit *unit, CXType type);
/* A record that does nothing but wrap a lock: its one member is a lock or such a record. */
bool record_merely_wraps(CXType record);
/* A pointer to a lock, or to a record that merely wraps one, that the callee may change. */
bool type_points_to_lock(CXType type);
/* Where a cursor's name stands. */
size_t cursor_offset(CXCursor cursor);
struct place cursor_place(const struct unit *unit, CXCursor cursor);
/* A libclang string as the arena's. */
const char *arena_string(struct arena *arena, CXString string);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* Lock functions as values. Only files that use libclang include this. */
#ifndef MUTRAY_INSTRUMENT_REFERENCES_H
#define MUTRAY_INSTRUMENT_REFERENCES_H

#include "unit.h"
#include <clang-c/Index.h>

struct operands {
    CXCursor items[2];
    unsigned count;
};

/* The first two children of an expression or statement. */
struct operands operands_of(CXCursor cursor);
/* Marks the names that the statement or expression `cursor` only asks whether they are there. */
void note_tests(struct unit *unit, CXCursor cursor);

#endif

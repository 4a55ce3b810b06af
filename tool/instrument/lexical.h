/* SPDX-License-Identifier: Apache-2.0 */
/* Lock calls that the text has and libclang's tree has not. */
#ifndef MUTRAY_INSTRUMENT_LEXICAL_H
#define MUTRAY_INSTRUMENT_LEXICAL_H

#include "unit.h"

/* Makes sites of the unexplained calls between two offsets; `verdicts` as in find.c, `around` is a site there. */
void note_lost_calls(struct unit *unit, size_t begin, size_t end, const struct site *around, const char **verdicts);
/* Finds the uses of macros that lead to no site, and reports what nothing explains. For when all sites are known. */
void report_lost_calls(struct unit *unit);

#endif

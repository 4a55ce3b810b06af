/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Does this text use a lock? Asked of every unit of a build, so it must be quick, and never say no when it is yes.
 *
 * Nine units in ten have nothing to do with locks; for them the answer is all that instrumenting costs. The text is the
 * compiler's own preprocessed output (macros expanded or not), and the answer is lexical: each identifier that is a name
 * of functions.def, outside comments, literals and system headers (linemarker flag 3), and not a member (after `.` or
 * `->`), counts, whether or not it is called. Parsers with error recovery may lose a call silently; this cannot.
 */
#ifndef MUTRAY_DRIVER_CENSUS_H
#define MUTRAY_DRIVER_CENSUS_H

#include <stdbool.h>
#include <stddef.h>

struct census {
    unsigned names;      /* lock functions mentioned */
    unsigned first_line; /* where the first one is, as the compiler would say */
    char first_file[256];
    bool wants_expanded; /* has __BASE_FILE__ or __TIMESTAMP__, which would name the temporary file if expanded late */
};

void census_take(const char *text, size_t size, struct census *ret_census);

/* The file named by a linemarker at the start of the text: the source of preprocessed text. Empty if there is none. */
void census_source(const char *text, char *ret_name, size_t size);

#endif

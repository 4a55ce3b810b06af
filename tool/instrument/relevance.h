/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Has this unit anything to do with locks? Asked of every unit of a build, before anything expensive is done to it: of
 * the preprocessor's text, and before that of the text of its files (driver/sources.h), with all branches of conditionals
 * in it. There `#include` without a name stands before and behind the text of each of the program's headers.
 */
#ifndef MUTRAY_INSTRUMENT_RELEVANCE_H
#define MUTRAY_INSTRUMENT_RELEVANCE_H

#include "text.h"

struct relevance {
    bool concerned;
    size_t offset;        /* where that showed */
    const char *word;     /* what showed it: the name of a function, a macro or a variable */
    bool asked_macros;    /* it depends on which names the macros of system headers put together */
};

void text_relevance(const struct text *text, struct relevance *ret_relevance);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Has this unit anything to do with locks? Asked of every unit of a build, before anything expensive is done to it.
 */
#ifndef MUTRAY_INSTRUMENT_RELEVANCE_H
#define MUTRAY_INSTRUMENT_RELEVANCE_H

#include "text.h"

struct relevance {
    bool concerned;
    size_t offset;        /* where that showed */
    const char *word;     /* what showed it: the name of a function, a macro or a variable */
};

void text_relevance(const struct text *text, struct relevance *ret_relevance);

#endif

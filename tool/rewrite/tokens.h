/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Finding a token of preprocessed text again in the file it came from.
 *
 * Preprocessing keeps code lines and their numbers, but strips comments, joins lines and writes macro definitions anew.
 * What it leaves alone is the order of tokens. So a token's address is its line and its number on that line, where
 * lines joined by backslashes, and all of a directive, are one line: equal in both texts.
 */
#ifndef MUTRAY_REWRITE_TOKENS_H
#define MUTRAY_REWRITE_TOKENS_H

#include "instrument/lex.h"
#include "instrument/text.h"

struct numbered {
    struct token token;
    size_t row;   /* of its logical line, from 0 */
    size_t index; /* on that line, from 0 */
};

struct numbering {
    const struct text *text;
    struct lexer lexer;
    size_t physical, directive, last, count;
};

void numbering_begin(struct numbering *numbering, const struct text *text);
struct numbered numbering_next(struct numbering *numbering);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* See tokens.h. */
#include "tokens.h"

#include <stdint.h>
#include <string.h>

void numbering_begin(struct numbering *numbering, const struct text *text)
{
    *numbering = (struct numbering){.text = text, .last = SIZE_MAX};
    lex_begin(&numbering->lexer, text->bytes, text->size);
}

/* Does the line before `row` end in a backslash, with blanks behind it as GCC allows them? */
static bool joined(const struct text *text, size_t row)
{
    if (row == 0) return false;
    size_t at = text->lines.items[row] - 1, begin = text->lines.items[row - 1];
    while (at > begin && memchr(" \t\r", text->bytes[at - 1], 3) != NULL) at--;
    return at > begin && text->bytes[at - 1] == '\\';
}

struct numbered numbering_next(struct numbering *numbering)
{
    const struct text *text = numbering->text;
    struct numbered next = {.token = lex_next(&numbering->lexer)};
    while (numbering->physical + 1 < text->lines.count &&
           text->lines.items[numbering->physical + 1] <= next.token.offset)
        numbering->physical++;
    next.row = numbering->physical;
    while (joined(text, next.row)) next.row--;
    if (next.token.directive && next.token.first) numbering->directive = next.row;
    if (next.token.directive) next.row = numbering->directive;
    numbering->count = next.row == numbering->last ? numbering->count + 1 : 0;
    numbering->last = next.row;
    next.index = numbering->count;
    return next;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * C tokens of a text, as far as the engine needs them: where identifiers are, and what is string, comment or directive.
 * It never fails: what it does not understand is punctuation.
 */
#ifndef MUTRAY_INSTRUMENT_LEX_H
#define MUTRAY_INSTRUMENT_LEX_H

#include "arena.h"

#include <stdbool.h>
#include <stdint.h>

enum token_kind { TOKEN_END, TOKEN_IDENTIFIER, TOKEN_NUMBER, TOKEN_STRING, TOKEN_CHARACTER, TOKEN_PUNCTUATION };

/* Small, since there are many: no text has 4 GB. */
struct token {
    uint32_t offset, length;
    enum token_kind kind : 8;
    bool directive; /* within a preprocessing directive, whose `#` is the first token with this set */
    bool first;     /* first token of its line */
};

typedef LIST(struct token) token_list;

struct lexer {
    const char *bytes;
    size_t size, at;
    bool directive, line_start;
};

void lex_begin(struct lexer *lexer, const char *bytes, size_t size);
struct token lex_next(struct lexer *lexer);
/* An identifier that is split over lines, as it is meant. */
const char *lex_joined(struct arena *arena, const char *word, size_t *length);

/* The token is this one punctuation character. */
static inline bool token_is(const struct lexer *lexer, struct token token, char c)
{
    return token.kind == TOKEN_PUNCTUATION && token.length == 1 && lexer->bytes[token.offset] == c;
}

#endif

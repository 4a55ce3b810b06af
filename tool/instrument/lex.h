/* SPDX-License-Identifier: Apache-2.0 */
/*
 * C tokens of a text, as far as the engine needs them: where identifiers are, and what is string, comment or directive.
 * It never fails: what it does not understand is punctuation.
 */
#ifndef MUTRAY_INSTRUMENT_LEX_H
#define MUTRAY_INSTRUMENT_LEX_H

#include <stdbool.h>
#include <stddef.h>

enum token_kind { TOKEN_END, TOKEN_IDENTIFIER, TOKEN_NUMBER, TOKEN_STRING, TOKEN_CHARACTER, TOKEN_PUNCTUATION };

struct token {
    enum token_kind kind;
    size_t offset, length;
    bool directive; /* within a preprocessing directive, whose `#` is the first token with this set */
    bool first;     /* first token of its line */
};

struct lexer {
    const char *bytes;
    size_t size, at;
    bool directive, line_start;
};

void lex_begin(struct lexer *lexer, const char *bytes, size_t size);
struct token lex_next(struct lexer *lexer);

/* The token is this one punctuation character. */
static inline bool token_is(const struct lexer *lexer, struct token token, char c)
{
    return token.kind == TOKEN_PUNCTUATION && token.length == 1 && lexer->bytes[token.offset] == c;
}

#endif

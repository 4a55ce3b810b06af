/* SPDX-License-Identifier: Apache-2.0 */
/*
 * See lex.h. Comments and white space are stepped over; a backslash before a newline joins lines everywhere but is left
 * inside the token, so an identifier split that way is longer than its name and matches nothing: the engine then sees
 * that libclang found a call which no token spells. Digraphs do not matter here, except `%:`, which starts a directive.
 */
#include "lex.h"

#include <string.h>

void lex_begin(struct lexer *lexer, const char *bytes, size_t size)
{
    *lexer = (struct lexer){.bytes = bytes, .size = size, .line_start = true};
}

/* What a byte can be in. */
enum { START = 1, DIGIT = 2, BLANK = 4 };

static const unsigned char classes[256] = {
    ['a' ... 'z'] = START, ['A' ... 'Z'] = START, ['_'] = START, ['$'] = START, [0x80 ... 0xff] = START,
    ['0' ... '9'] = DIGIT, [' '] = BLANK, ['\t'] = BLANK, ['\r'] = BLANK, ['\v'] = BLANK, ['\f'] = BLANK,
};

static bool is(char c, unsigned class)
{
    return (classes[(unsigned char)c] & class) != 0;
}

static bool identifier_start(char c)
{
    return is(c, START);
}

static bool digit(char c)
{
    return is(c, DIGIT);
}

static char peek(const struct lexer *lexer, size_t ahead)
{
    return lexer->at + ahead < lexer->size ? lexer->bytes[lexer->at + ahead] : '\0';
}

/* Length of a line join (backslash, optional blanks as GCC allows them, newline) at `at`, or 0. */
static size_t line_join(const struct lexer *lexer, size_t at)
{
    if (at >= lexer->size || lexer->bytes[at] != '\\') return 0;
    size_t i = at + 1;
    while (i < lexer->size && (lexer->bytes[i] == ' ' || lexer->bytes[i] == '\t' || lexer->bytes[i] == '\r')) i++;
    return i < lexer->size && lexer->bytes[i] == '\n' ? i + 1 - at : 0;
}

static void skip_line_comment(struct lexer *lexer)
{
    const char *bytes = lexer->bytes, *newline;
    do {
        newline = memchr(bytes + lexer->at, '\n', lexer->size - lexer->at);
        size_t end = newline == NULL ? lexer->size : (size_t)(newline - bytes), last = end;
        while (last > lexer->at && is(bytes[last - 1], BLANK)) last--;
        bool joined = newline != NULL && last > lexer->at && bytes[last - 1] == '\\' && line_join(lexer, last - 1) != 0;
        lexer->at = joined ? end + 1 : end;
        if (!joined) return;
    } while (lexer->at < lexer->size);
}

static void skip_block_comment(struct lexer *lexer)
{
    lexer->at += 2;
    while (lexer->at < lexer->size) {
        const char *star = memchr(lexer->bytes + lexer->at, '*', lexer->size - lexer->at);
        lexer->at = star == NULL ? lexer->size : (size_t)(star + 1 - lexer->bytes);
        size_t join, after = lexer->at;
        while (after < lexer->size && lexer->bytes[after] == '\\' && (join = line_join(lexer, after)) != 0)
            after += join;
        if (after < lexer->size && lexer->bytes[after] == '/') {
            lexer->at = after + 1;
            return;
        }
    }
    lexer->at = lexer->size;
}

/* Steps over blanks, comments, joins and newlines; a newline ends a directive. */
static void skip_space(struct lexer *lexer)
{
    while (lexer->at < lexer->size) {
        char c = lexer->bytes[lexer->at];
        size_t join;
        if (c == '\n') {
            lexer->directive = false;
            lexer->line_start = true;
            lexer->at++;
        } else if (is(c, BLANK)) {
            lexer->at++;
        } else if (c == '/' && peek(lexer, 1) == '/') {
            skip_line_comment(lexer);
        } else if (c == '/' && peek(lexer, 1) == '*') {
            skip_block_comment(lexer);
        } else if (c == '\\' && (join = line_join(lexer, lexer->at)) != 0) {
            lexer->at += join;
        } else {
            return;
        }
    }
}

/* A string or character constant from its opening quote; an unclosed one ends with its line. */
static void skip_quoted(struct lexer *lexer, char quote)
{
    for (lexer->at++; lexer->at < lexer->size && lexer->bytes[lexer->at] != '\n'; lexer->at++) {
        char c = lexer->bytes[lexer->at];
        if (c == quote) {
            lexer->at++;
            return;
        }
        if (c == '\\') {
            size_t join = line_join(lexer, lexer->at);
            lexer->at += join != 0 ? join - 1 : 1;
        }
    }
    if (lexer->at > lexer->size) lexer->at = lexer->size;
}

/* A preprocessing number: digits, letters, `.`, exponent signs, and C23's separators `1'000`. */
static void skip_number(struct lexer *lexer)
{
    while (lexer->at < lexer->size) {
        char c = lexer->bytes[lexer->at], before = lexer->bytes[lexer->at - 1];
        bool sign = (c == '+' || c == '-') && (before == 'e' || before == 'E' || before == 'p' || before == 'P');
        bool separator = c == '\'' && (identifier_start(peek(lexer, 1)) || digit(peek(lexer, 1)));
        if (!identifier_start(c) && !digit(c) && c != '.' && !sign && !separator) return;
        lexer->at++;
    }
}

static void skip_identifier(struct lexer *lexer)
{
    const char *bytes = lexer->bytes;
    size_t at = lexer->at, size = lexer->size, join;
    for (;;) {
        while (at < size && is(bytes[at], START | DIGIT)) at++;
        if (at >= size || bytes[at] != '\\' || (join = line_join(lexer, at)) == 0) break;
        if (at + join >= size || !is(bytes[at + join], START | DIGIT)) break;
        at += join;
    }
    lexer->at = at;
}

/* R"delimiter(…)delimiter", at the quote. False, and nothing skipped, if it does not begin or end so. */
static bool skip_raw(struct lexer *lexer)
{
    enum { MOST = 16 }; /* characters in a delimiter */
    char closing[MOST + 2] = ")";
    size_t length = 0;
    while (length <= MOST && strchr("( )\\\t\n\"", peek(lexer, 1 + length)) == NULL) length++;
    if (length > MOST || peek(lexer, 1 + length) != '(') return false;
    const char *from = lexer->bytes + lexer->at + 2 + length, *limit = lexer->bytes + lexer->size;
    memcpy(closing + 1, lexer->bytes + lexer->at + 1, length);
    closing[1 + length] = '"';
    const char *end = memmem(from, (size_t)(limit - from), closing, length + 2);
    if (end == NULL) return false;
    lexer->at = (size_t)(end - lexer->bytes) + length + 2;
    return true;
}

/* L"…", u8"…" and the like: the prefix belongs to the constant. `R` at its end makes it raw. */
static bool string_prefix(const struct lexer *lexer, size_t from, bool *ret_raw)
{
    size_t length = lexer->at - from;
    const char *p = lexer->bytes + from;
    *ret_raw = p[length - 1] == 'R' && peek(lexer, 0) == '"';
    if (*ret_raw && --length == 0) return true;
    return (length == 1 && (*p == 'L' || *p == 'u' || *p == 'U')) || (length == 2 && p[0] == 'u' && p[1] == '8');
}

struct token lex_next(struct lexer *lexer)
{
    skip_space(lexer);
    struct token token = {.kind = TOKEN_END, .offset = (uint32_t)lexer->at, .first = lexer->line_start};
    bool raw = false;
    if (lexer->at >= lexer->size) return token;
    char c = lexer->bytes[lexer->at];
    if (lexer->line_start && (c == '#' || (c == '%' && peek(lexer, 1) == ':'))) lexer->directive = true;
    lexer->line_start = false;
    token.directive = lexer->directive;
    if (identifier_start(c)) {
        token.kind = TOKEN_IDENTIFIER;
        skip_identifier(lexer);
        if ((peek(lexer, 0) == '"' || peek(lexer, 0) == '\'') && string_prefix(lexer, token.offset, &raw))
            c = lexer->bytes[lexer->at];
    }
    if (c == '"' || c == '\'') {
        token.kind = c == '"' ? TOKEN_STRING : TOKEN_CHARACTER;
        if (!raw || !skip_raw(lexer)) skip_quoted(lexer, c);
    } else if (digit(c) || (c == '.' && digit(peek(lexer, 1)))) {
        token.kind = TOKEN_NUMBER;
        lexer->at++;
        skip_number(lexer);
    } else if (token.kind == TOKEN_END) {
        token.kind = TOKEN_PUNCTUATION;
        lexer->at += c == '-' && peek(lexer, 1) == '>' ? 2 : 1;
    }
    token.length = (uint32_t)lexer->at - token.offset;
    return token;
}

const char *lex_joined(struct arena *arena, const char *word, size_t *length)
{
    char *joined = arena_copy(arena, word, *length);
    size_t kept = 0;
    for (size_t i = 0; i < *length; i++)
        if (strchr("\\ \t\r\n", word[i]) == NULL) joined[kept++] = word[i];
    *length = kept;
    return joined;
}

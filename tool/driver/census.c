/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The lexer behind census.h.
 *
 * One pass with a class for each byte: bytes that begin nothing of interest are skipped in a tight loop, and only words
 * that begin like a lock function are compared. What matters is never to get out of step with the compiler: a quote in
 * a comment, a digit separator (1'000), a raw string, an escaped newline must not swallow the text behind it. So a quote
 * that is not closed on its line ends there, as it does in GCC for text in directives.
 */
#include "census.h"

#include <stdio.h>
#include <string.h>

enum { PLAIN, WORD, NUMBER, QUOTE, SLASH, NEWLINE, DOT, MINUS, BLANK, BACKSLASH, END };

static const unsigned char classes[256] = {
    [0] = END,      [' '] = BLANK,  ['\t'] = BLANK, ['\v'] = BLANK,      ['\f'] = BLANK, ['\r'] = BLANK,
    ['\n'] = NEWLINE, ['"'] = QUOTE, ['\''] = QUOTE, ['/'] = SLASH,       ['.'] = DOT,    ['-'] = MINUS,
    ['\\'] = BACKSLASH, ['0' ... '9'] = NUMBER,      ['a' ... 'z'] = WORD, ['A' ... 'Z'] = WORD,
    ['_'] = WORD,   ['$'] = WORD,   [128 ... 255] = WORD, /* UTF-8 in identifiers */
};

struct lexer {
    const char *at, *end;
    const char *marked;  /* the line after the last linemarker … */
    unsigned long line;  /* … and its number */
    const char *file;    /* its file, up to the closing quote */
    size_t file_size;
    bool system, member; /* in a system header; after `.` or `->` */
    bool directive;      /* on a directive's line */
    struct census *census;
};

static bool is_word(char c)
{
    return classes[(unsigned char)c] == WORD || classes[(unsigned char)c] == NUMBER;
}

/* The length of a backslash and newline (LF or CRLF) at `at`, else 0. */
static size_t splice(const char *at)
{
    if (at[0] != '\\') return 0;
    if (at[1] == '\n') return 2;
    return at[1] == '\r' && at[2] == '\n' ? 3 : 0;
}

static void skip_line_comment(struct lexer *lexer)
{
    while (lexer->at < lexer->end && *lexer->at != '\n') {
        size_t spliced = splice(lexer->at);
        lexer->at += spliced ? spliced : 1;
    }
}

static void skip_block_comment(struct lexer *lexer)
{
    for (const char *at = lexer->at;;) {
        const char *star = memchr(at, '*', (size_t)(lexer->end - at));
        if (star == NULL) {
            lexer->at = lexer->end;
            return;
        }
        at = star + 1;
        size_t spliced; /* even the end of a comment may be split over lines */
        while ((spliced = splice(at)) != 0) at += spliced;
        if (*at == '/') {
            lexer->at = at + 1;
            return;
        }
    }
}

static void skip_slash(struct lexer *lexer)
{
    const char *next = lexer->at + 1;
    size_t spliced;
    while ((spliced = splice(next)) != 0) next += spliced;
    if (*next != '/' && *next != '*') {
        lexer->at++;
        lexer->member = false;
        return;
    }
    lexer->at = next + 1;
    if (*next == '/') skip_line_comment(lexer);
    else skip_block_comment(lexer);
}

/* A literal ends at its quote, or else at the end of its line. */
static void skip_quoted(struct lexer *lexer)
{
    char quote = *lexer->at++;
    lexer->member = false;
    while (lexer->at < lexer->end && *lexer->at != '\n') {
        if (*lexer->at == quote) {
            lexer->at++;
            return;
        }
        size_t spliced = splice(lexer->at);
        if (spliced) lexer->at += spliced;
        else lexer->at += *lexer->at == '\\' && lexer->at[1] != '\n' && lexer->at[1] != 0 ? 2 : 1;
    }
}

/* R"delimiter( … )delimiter": at the quote. Without a proper beginning and end it is an ordinary string. */
static void skip_raw(struct lexer *lexer)
{
    char closing[20] = ")";
    const char *open = lexer->at + 1;
    size_t size = strcspn(open, "( \\)\n\"");
    if (size <= 16 && open[size] == '(') {
        memcpy(closing + 1, open, size);
        closing[1 + size] = '"';
        const char *close = memmem(open, (size_t)(lexer->end - open), closing, size + 2);
        if (close != NULL) {
            lexer->at = close + size + 2;
            lexer->member = false;
            return;
        }
    }
    skip_quoted(lexer);
}

/* A preprocessing number, with exponents (1e+5) and digit separators (1'000). */
static void skip_number(struct lexer *lexer)
{
    const char *at = lexer->at;
    for (;; at++) {
        if ((*at == '+' || *at == '-') && strchr("eEpP", at[-1]) != NULL) continue;
        if (*at == '\'' && is_word(at[1])) continue;
        if (!is_word(*at) && *at != '.') break;
    }
    lexer->at = at;
    lexer->member = false;
}

static bool is_lock_function(const char *word, size_t size)
{
    static const struct {
        const char *name;
        size_t size;
    } functions[] = {
#define MUTRAY_FUNCTION(returns, name, kind, role, lock, parameters, arguments) {#name, sizeof #name - 1},
#include "mutray/functions.def"
#undef MUTRAY_FUNCTION
    };
    for (size_t i = 0; i < sizeof functions / sizeof *functions; i++)
        if (functions[i].size == size && memcmp(functions[i].name, word, size) == 0) return true;
    return false;
}

static void note_first(struct lexer *lexer, const char *word)
{
    struct census *census = lexer->census;
    unsigned long line = lexer->line;
    for (const char *at = lexer->marked; (at = memchr(at, '\n', (size_t)(word - at))) != NULL; at++) line++;
    census->first_line = (unsigned)line;
    size_t size = lexer->file_size < sizeof census->first_file ? lexer->file_size : sizeof census->first_file - 1;
    memcpy(census->first_file, lexer->file, size);
    census->first_file[size] = 0;
}

static void judge(struct lexer *lexer, const char *at, const char *word, size_t size)
{
    static const char base[] = "__BASE_FILE__", timestamp[] = "__TIMESTAMP__";
    if (*word == '_') {
        if (size == sizeof base - 1 && (memcmp(word, base, size) == 0 || memcmp(word, timestamp, size) == 0))
            lexer->census->wants_expanded = true;
        return;
    }
    if (lexer->system || lexer->member || !is_lock_function(word, size)) return;
    if (lexer->census->names++ == 0) note_first(lexer, at);
}

/* An identifier with escaped newlines in it: put together aside. */
static void take_split_word(struct lexer *lexer, const char *start)
{
    char word[64];
    size_t size = 0;
    const char *at = start;
    for (size_t spliced;; at += spliced ? spliced : 1) {
        spliced = splice(at);
        if (spliced) continue;
        if (!is_word(*at)) break;
        if (size < sizeof word) word[size++] = *at;
    }
    if (size < sizeof word) judge(lexer, start, word, size);
    lexer->at = at;
}

static void take_word(struct lexer *lexer)
{
    const char *start = lexer->at, *at = start + 1;
    while (is_word(*at)) at++;
    size_t size = (size_t)(at - start);
    lexer->at = at;
    if (*at == '"' && size <= 3 && at[-1] == 'R') {
        if (size == 1 || strchr("uUL", *start) != NULL) {
            skip_raw(lexer);
            return;
        }
    }
    if (splice(at)) take_split_word(lexer, start);
    else if (*start == 'p' || *start == 'm' || *start == 'c' || *start == '_') judge(lexer, start, start, size);
    lexer->member = false;
}

/* At the `#` of a line: a linemarker (# 12 "file.c" 1 3) is taken and skipped; other directives are lexed as text. */
static void take_directive(struct lexer *lexer)
{
    const char *at = lexer->at + 1;
    unsigned long line = 0;

    lexer->at = at;
    lexer->directive = true;
    while (*at == ' ' || *at == '\t') at++;
    if (*at < '0' || *at > '9') return;
    while (*at >= '0' && *at <= '9') line = line * 10 + (unsigned long)(*at++ - '0');
    while (*at == ' ') at++;
    if (*at != '"') return;
    const char *file = ++at;
    while (*at != '"' && *at != '\n' && at < lexer->end) at += *at == '\\' && at[1] != '\n' ? 2 : 1;
    if (*at != '"') return;
    lexer->file = file;
    lexer->file_size = (size_t)(at - file);
    lexer->line = line;
    lexer->directive = lexer->system = false; /* and a member access may go on behind a linemarker */
    for (at++; at < lexer->end && *at != '\n'; at++)
        if (*at == '3') lexer->system = true;
    lexer->at = at;
    lexer->marked = at < lexer->end ? at + 1 : at;
}

static void take_newline(struct lexer *lexer)
{
    const char *at = lexer->at + 1;
    if (lexer->directive) lexer->member = lexer->directive = false; /* `#define DOT .` ends with its line */
    while (*at == ' ' || *at == '\t') at++;
    lexer->at = at;
    if (*at == '#') take_directive(lexer);
}

/* Each kind of byte that may begin something. `.` and `->` make the next word a member; `...` does not. */
static void take(struct lexer *lexer, int kind)
{
    const char *at = lexer->at;
    switch (kind) {
    case WORD: take_word(lexer); return;
    case NUMBER: skip_number(lexer); return;
    case QUOTE: skip_quoted(lexer); return;
    case SLASH: skip_slash(lexer); return;
    case NEWLINE: take_newline(lexer); return;
    case DOT:
        if (at[1] >= '0' && at[1] <= '9') {
            lexer->at++;
            skip_number(lexer);
            return;
        }
        lexer->member = at[1] != '.';
        lexer->at += lexer->member ? 1 : strspn(at, ".");
        return;
    case MINUS:
        lexer->member = at[1] == '>';
        lexer->at += lexer->member ? 2 : 1;
        return;
    case BACKSLASH:
        lexer->at += splice(at) ? splice(at) : 1;
        return;
    default: /* a zero byte in the text */
        lexer->at++;
        return;
    }
}

void census_take(const char *text, size_t size, struct census *ret_census)
{
    *ret_census = (struct census){0};
    struct lexer lexer = {.at = text, .end = text + size, .marked = text, .line = 1, .file = "", .census = ret_census};

    if (size != 0 && *text == '#') take_directive(&lexer);
    while (lexer.at < lexer.end) {
        int kind = classes[(unsigned char)*lexer.at];
        if (kind == BLANK) lexer.at++;
        else if (kind != PLAIN) take(&lexer, kind);
        else {
            lexer.member = false;
            lexer.at++;
        }
    }
}

void census_source(const char *text, char *ret_name, size_t size)
{
    *ret_name = 0;
    if (*text != '#') return;
    struct census census = {0};
    struct lexer lexer = {.at = text, .end = text + strlen(text), .file = "", .census = &census};
    take_directive(&lexer);
    snprintf(ret_name, size, "%.*s", (int)lexer.file_size, lexer.file);
}

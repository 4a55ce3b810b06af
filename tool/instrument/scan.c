/* SPDX-License-Identifier: Apache-2.0 */
/*
 * See scan.h. The text is lexed once; only if a macro's body names a lock function is it lexed again, to follow macros
 * that use that macro, until no new one turns up, and once more for the places where they are used.
 */
#include "scan.h"

#include "functions.h"
#include "lex.h"

#include <string.h>

struct name {
    const char *bytes;
    size_t length;
};
typedef LIST(struct name) name_list;

static bool name_listed(const name_list *names, const char *bytes, size_t length)
{
    for (size_t i = 0; i < names->count; i++)
        if (names->items[i].length == length && memcmp(names->items[i].bytes, bytes, length) == 0) return true;
    return false;
}

/* Cheap test before the table of functions is searched: every name in it begins with one of these. */
static int function_at(const char *bytes, struct token token)
{
    const char *p = bytes + token.offset;
    if (token.length < 7 || (*p != 'p' && *p != 'm' && *p != 'c')) return -1;
    return lock_function_find(p, token.length);
}

static void note_bracket(struct arena *arena, struct scan *scan, const char *bytes, struct token token, size_t *depth)
{
    switch (bytes[token.offset]) {
    case '(': case '[': case '{':
        ++*depth;
        return;
    case ')': case ']': case '}':
        if (*depth > 0) --*depth;
        if (*depth > 0 || bytes[token.offset] != '}') return;
        break;
    case ';':
        if (*depth > 0) return;
        break;
    default:
        return;
    }
    *LIST_ADD(&scan->boundaries, arena) = token.offset + 1;
}

/* First pass: spellings, boundaries, and the macros whose own body names a lock function. */
static void first_pass(const struct text *text, struct scan *scan, name_list *macros)
{
    struct lexer lexer;
    struct token token, before = {0};
    struct name defining = {0}; /* the macro whose body this is */
    size_t depth = 0, in_directive = 0;
    lex_begin(&lexer, text->bytes, text->size);
    while ((token = lex_next(&lexer)).kind != TOKEN_END) {
        if (!token.directive) {
            in_directive = 0;
            if (token.kind == TOKEN_PUNCTUATION) note_bracket(text->arena, scan, text->bytes, token, &depth);
        } else {
            in_directive = token.first ? 1 : in_directive + 1;
            if (in_directive == 1) defining = (struct name){0};
        }
        if (token.kind == TOKEN_IDENTIFIER) {
            const char *name = text->bytes + token.offset;
            int function = function_at(text->bytes, token);
            if (in_directive == 3 && before.length == 6 && memcmp(text->bytes + before.offset, "define", 6) == 0) {
                defining = (struct name){name, token.length};
                if (function >= 0) scan->redefined[function] = true;
            } else if (function >= 0) {
                bool member = before.kind == TOKEN_PUNCTUATION &&
                              (text->bytes[before.offset] == '.' || before.length == 2);
                struct lexer ahead = lexer;
                *LIST_ADD(&scan->spellings, text->arena) = (struct spelling){
                    .offset = token.offset, .function = function, .directive = token.directive, .member = member,
                    .call = token_is(&lexer, lex_next(&ahead), '('), .system = text_place(text, token.offset).system};
                if (defining.length != 0 && !name_listed(macros, defining.bytes, defining.length))
                    *LIST_ADD(macros, text->arena) = defining;
            }
        }
        before = token;
    }
}

/* Adds the macros whose body uses one of `macros`; false when there is none that was not known. */
static bool widen(const struct text *text, name_list *macros)
{
    struct lexer lexer;
    struct token token, before = {0};
    struct name defining = {0};
    size_t in_directive = 0, known = macros->count;
    lex_begin(&lexer, text->bytes, text->size);
    while ((token = lex_next(&lexer)).kind != TOKEN_END) {
        in_directive = !token.directive ? 0 : token.first ? 1 : in_directive + 1;
        if (in_directive <= 1) defining = (struct name){0};
        if (token.kind == TOKEN_IDENTIFIER && token.directive) {
            const char *name = text->bytes + token.offset;
            if (in_directive == 3 && before.length == 6 && memcmp(text->bytes + before.offset, "define", 6) == 0)
                defining = (struct name){name, token.length};
            else if (defining.length != 0 && name_listed(macros, name, token.length) &&
                     !name_listed(macros, defining.bytes, defining.length))
                *LIST_ADD(macros, text->arena) = defining;
        }
        before = token;
    }
    return macros->count > known;
}

static void find_uses(const struct text *text, const name_list *macros, struct scan *scan)
{
    struct lexer lexer;
    struct token token;
    lex_begin(&lexer, text->bytes, text->size);
    while ((token = lex_next(&lexer)).kind != TOKEN_END)
        if (token.kind == TOKEN_IDENTIFIER && !token.directive &&
            name_listed(macros, text->bytes + token.offset, token.length))
            *LIST_ADD(&scan->uses, text->arena) =
                (struct macro_use){token.offset, scan_invocation_end(text, token.offset)};
}

void scan_text(const struct text *text, struct scan *ret_scan)
{
    name_list macros = {0};
    *ret_scan = (struct scan){.redefined = arena_alloc(text->arena, lock_function_count * sizeof(bool))};
    first_pass(text, ret_scan, &macros);
    if (macros.count == 0) return;
    while (widen(text, &macros)) continue;
    find_uses(text, &macros, ret_scan);
}

struct spelling *scan_spelling_at(struct scan *scan, size_t offset)
{
    size_t low = 0, high = scan->spellings.count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (scan->spellings.items[middle].offset < offset) low = middle + 1;
        else high = middle;
    }
    bool found = low < scan->spellings.count && scan->spellings.items[low].offset == offset;
    return found ? &scan->spellings.items[low] : NULL;
}

size_t scan_boundary_before(const struct scan *scan, size_t offset)
{
    size_t low = 0, high = scan->boundaries.count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (scan->boundaries.items[middle] <= offset) low = middle + 1;
        else high = middle;
    }
    return low == 0 ? 0 : scan->boundaries.items[low - 1];
}

size_t scan_invocation_end(const struct text *text, size_t offset)
{
    struct lexer lexer;
    lex_begin(&lexer, text->bytes, text->size);
    lexer.at = offset;
    lexer.line_start = false;
    struct token token = lex_next(&lexer);
    size_t end = token.offset + token.length, depth = 0;
    while ((token = lex_next(&lexer)).kind != TOKEN_END) {
        if (token_is(&lexer, token, '(')) depth++;
        else if (depth == 0) return end;
        else if (token_is(&lexer, token, ')') && --depth == 0) return token.offset + 1;
    }
    return end;
}

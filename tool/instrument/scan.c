/* SPDX-License-Identifier: Apache-2.0 */
/*
 * See scan.h. The text is lexed once; only for a site in a macro's body is it lexed again, to follow macros that use that
 * macro, until no new one turns up, and once more for the places where they are used.
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

static int function_at(const char *bytes, struct token token)
{
    const char *p = bytes + token.offset;
    return lock_function_find(p, token.length);
}

static bool is_define(const char *bytes, struct token token)
{
    return token.length == 6 && memcmp(bytes + token.offset, "define", 6) == 0;
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

void scan_text(const struct text *text, struct scan *ret_scan)
{
    struct scan *scan = ret_scan;
    struct lexer lexer;
    struct token token, before = {0};
    size_t depth = 0, in_directive = 0;
    *scan = (struct scan){.redefined = arena_alloc(text->arena, lock_function_count * sizeof(bool))};
    lex_begin(&lexer, text->bytes, text->size);
    while ((token = lex_next(&lexer)).kind != TOKEN_END) {
        if (!token.directive) {
            in_directive = 0;
            if (token.kind == TOKEN_PUNCTUATION) note_bracket(text->arena, scan, text->bytes, token, &depth);
        } else {
            in_directive = token.first ? 1 : in_directive + 1;
            scan->digraph |= token.first && text->bytes[token.offset] == '%';
        }
        if (token.kind == TOKEN_IDENTIFIER) {
            int function = function_at(text->bytes, token);
            if (function >= 0 && in_directive == 3 && is_define(text->bytes, before)) {
                scan->redefined[function] = true;
            } else if (function >= 0) {
                bool member = before.kind == TOKEN_PUNCTUATION &&
                              (text->bytes[before.offset] == '.' || before.length == 2);
                struct lexer ahead = lexer;
                *LIST_ADD(&scan->spellings, text->arena) = (struct spelling){
                    .offset = token.offset, .function = function, .directive = token.directive, .member = member,
                    .call = token_is(&lexer, lex_next(&ahead), '('), .system = text_place(text, token.offset).system};
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
            if (in_directive == 3 && is_define(text->bytes, before))
                defining = (struct name){name, token.length};
            else if (defining.length != 0 && name_listed(macros, name, token.length) &&
                     !name_listed(macros, defining.bytes, defining.length))
                *LIST_ADD(macros, text->arena) = defining;
        }
        before = token;
    }
    return macros->count > known;
}

/* The macro whose definition holds `offset`; preprocessed text has each definition on one line. */
static struct name macro_around(const struct text *text, size_t offset)
{
    struct lexer lexer;
    lex_begin(&lexer, text->bytes, text->size);
    while (offset > 0 && text->bytes[offset - 1] != '\n') offset--;
    lexer.at = offset;
    struct token hash = lex_next(&lexer), define = lex_next(&lexer), name = lex_next(&lexer);
    if (!hash.directive || !is_define(text->bytes, define)) return (struct name){"", 0};
    return (struct name){text->bytes + name.offset, name.length};
}

void scan_macro_uses(const struct text *text, const size_t *offsets, size_t count, macro_use_list *ret_uses)
{
    name_list macros = {0};
    struct lexer lexer;
    struct token token;
    for (size_t i = 0; i < count; i++) {
        struct name name = macro_around(text, offsets[i]);
        if (name.length != 0 && !name_listed(&macros, name.bytes, name.length))
            *LIST_ADD(&macros, text->arena) = name;
    }
    if (macros.count == 0) return;
    while (widen(text, &macros)) continue;
    lex_begin(&lexer, text->bytes, text->size);
    while ((token = lex_next(&lexer)).kind != TOKEN_END)
        if (token.kind == TOKEN_IDENTIFIER && !token.directive &&
            name_listed(&macros, text->bytes + token.offset, token.length))
            *LIST_ADD(ret_uses, text->arena) =
                (struct macro_use){token.offset, scan_invocation_end(text, token.offset)};
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

bool scan_is_alias(const struct text *text, size_t offset)
{
    struct lexer lexer;
    struct token token, before = {0};
    size_t in_directive = 0, words = 0;
    bool ours = false, alias = false;
    lex_begin(&lexer, text->bytes, text->size);
    lexer.at = offset;
    lexer.line_start = false;
    size_t length = lex_next(&lexer).length;
    lex_begin(&lexer, text->bytes, offset);
    for (; (token = lex_next(&lexer)).kind != TOKEN_END; before = token) {
        in_directive = !token.directive ? 0 : token.first ? 1 : in_directive + 1;
        if (in_directive == 3) {
            ours = is_define(text->bytes, before) && token.length == length &&
                   memcmp(text->bytes + token.offset, text->bytes + offset, length) == 0;
            words = 0;
        } else if (in_directive > 3 && ours) {
            bool parameters = words == 0 && token_is(&lexer, token, '(') && in_directive == 4 &&
                              token.offset == before.offset + before.length;
            if (parameters) lexer.at = scan_invocation_end(text, before.offset);
            else alias = ++words == 1 && token.kind == TOKEN_IDENTIFIER;
        }
    }
    return alias;
}

bool scan_argument(const struct text *text, size_t offset, unsigned index, unsigned count, size_t *ret_begin,
                   size_t *ret_end)
{
    struct lexer lexer;
    lex_begin(&lexer, text->bytes, text->size);
    lexer.at = offset;
    lexer.line_start = false;
    lex_next(&lexer); /* the callee */
    bool one_line = scan_in_directive(text, offset);
    if (!token_is(&lexer, lex_next(&lexer), '(')) return false;
    unsigned at = 0;
    size_t depth = 1, tokens = 0;
    for (struct token token; depth > 0;) {
        token = lex_next(&lexer);
        if (token.kind == TOKEN_END || token.directive || (one_line && token.first)) return false;
        char c = token.kind == TOKEN_PUNCTUATION ? text->bytes[token.offset] : '\0';
        depth += c == '(' || c == '[' || c == '{';
        if ((c == ')' || c == ']' || c == '}') && --depth == 0) break;
        if (c == ',' && depth == 1) {
            if (tokens == 0) return false;
            at++;
            tokens = 0;
            continue;
        }
        if (at == index) {
            if (tokens == 0) *ret_begin = token.offset;
            *ret_end = token.offset + token.length;
        }
        tokens++;
    }
    return tokens > 0 && at + 1 == count;
}

bool scan_in_directive(const struct text *text, size_t offset)
{
    while (offset > 0 && text->bytes[offset - 1] != '\n') offset--;
    while (text->bytes[offset] == ' ' || text->bytes[offset] == '\t') offset++;
    return text->bytes[offset] == '#' || (text->bytes[offset] == '%' && text->bytes[offset + 1] == ':');
}

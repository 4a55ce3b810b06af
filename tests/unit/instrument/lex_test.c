/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The lexer must never get out of step with the compiler: what it takes for a string or a comment hides lock calls, and
 * nothing else would notice. Each test gives a text and its tokens, written one after the other: identifiers and
 * punctuation as they are, strings `S`, characters `C`, numbers `N`; those of a directive with `#` in front.
 */
#include "arena.h"
#include "lex.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void add_token(struct arena *arena, struct buffer *list, const char *bytes, struct token token)
{
    static const char *const marks[] = {[TOKEN_NUMBER] = "N", [TOKEN_STRING] = "S", [TOKEN_CHARACTER] = "C"};
    if (list->length != 0) buffer_add(arena, list, " ", 1);
    if (token.directive) buffer_add(arena, list, "#", 1);
    if (token.kind == TOKEN_IDENTIFIER || token.kind == TOKEN_PUNCTUATION)
        buffer_add(arena, list, bytes + token.offset, token.length);
    else
        buffer_add(arena, list, marks[token.kind], 1);
}

/* The bytes are put at the end of memory of their own, so that a sanitizer sees a step too far. */
static void check(const char *source, const char *expected)
{
    struct arena arena = {0};
    struct buffer list = {0};
    struct lexer lexer;
    struct token token;
    size_t size = strlen(source), at = 0;
    char *bytes = malloc(size != 0 ? size : 1);
    assert_non_null(bytes);
    memcpy(bytes, source, size);
    lex_begin(&lexer, bytes, size);
    buffer_add(&arena, &list, "", 0);
    while ((token = lex_next(&lexer)).kind != TOKEN_END) {
        assert_true(token.length > 0 && token.offset >= at && token.offset + token.length <= size);
        at = token.offset + token.length;
        add_token(&arena, &list, bytes, token);
    }
    assert_string_equal(list.bytes, expected);
    free(bytes);
    arena_free(&arena);
}

static void test_plain(void **state)
{
    (void)state;
    check("", "");
    check("int x = 3;", "int x = N ;");
    check("p->lock.m", "p -> lock . m");
    check("a--->b", "a - - -> b");
    check("$x _y z9 \xc3\xa9", "$x _y z9 \xc3\xa9");
    check("f(1, '2', \"3\")", "f ( N , C , S )");
}

static void test_comments(void **state)
{
    (void)state;
    check("a /* lock( */ b // lock(\nc", "a b c");
    check("a // one \\\n still \\ \t\n still\nb", "a b");
    check("a /* not closed", "a");
    check("a // not closed", "a");
    check("a /*/ b */ c", "a c");
    check("a / b /= c", "a / b / = c");
    check("\"/*\" a /* \" */ b '\"' /* ' */ c", "S a b C c");
    check("a /* b *\\\n/ c", "a c");
}

static void test_strings(void **state)
{
    (void)state;
    check("\"a\\\"b\" c", "S c");
    check("\"a\\\\\" c", "S c");
    check("\"a\\\nb\" c", "S c");
    check("L\"a\" u8\"b\" U'c' u'd' x\"e\"", "S S C C x S");
    check("\"not closed\nb", "S b");
    check("don't\nb", "don C b");
    check("'\\'' a '\\\\' b", "C a C b");
    check("\"ends in a backslash\\", "S");
    check("R\"(a \" b)\" c", "S c");
    check("R\"x(a )\" b)x\" c", "S c");
}

static void test_numbers(void **state)
{
    (void)state;
    check("1'000'000 a 'b'", "N a C");
    check("0x1'0'f + 1.5e-3f - .5p+1", "N + N - N");
    check("0x1e+x 1..2 3.dd", "N N N");
    check("1-1 a.b .5", "N - N a . b N");
}

static void test_directives(void **state)
{
    (void)state;
    check("#define A b(c)\nd", "## #define #A #b #( #c #) d");
    check("  # define A \\\n b\nd", "## #define #A #b d");
    check("a # b\n#c", "a # b ## #c");
    check("%:define A\nb", "#% #: #define #A b");
    check("#if 0 /* over\nlines */ b\nc", "## #if #N #b c");
    check("#error don't\na", "## #error #don #C a");
    check("# 3 \"file.c\" 2\na", "## #N #S #N a");
    check("#\na", "## a");
}

static void test_joins(void **state)
{
    (void)state;
    check("a \\\n b", "a b");
    check("lo\\\nck(x)", "lo\\\nck ( x )");
    check("a\\\r\nb c\\\n d", "a\\\r\nb c d");
    check("a\\b", "a \\ b");
    check("\\\n\\\na", "a");
    check("a\r\nb\r\n#c\r\nd", "a b ## #c d");
}

/* Any bytes at all: tokens advance and end. */
static void test_noise(void **state)
{
    static const char alphabet[] = "ab1_\"'\\/*#%:\n\r (.-+>eR\x80";
    uint64_t seed = 42;
    (void)state;
    for (int round = 0; round < 20000; round++) {
        char text[24];
        size_t size = (size_t)round % sizeof text, at = 0;
        for (size_t i = 0; i < size; i++) {
            seed = seed * 6364136223846793005u + 1442695040888963407u;
            text[i] = alphabet[(seed >> 33) % (sizeof alphabet - 1)];
        }
        char *bytes = malloc(size != 0 ? size : 1);
        assert_non_null(bytes);
        memcpy(bytes, text, size);
        struct lexer lexer;
        struct token token;
        lex_begin(&lexer, bytes, size);
        while ((token = lex_next(&lexer)).kind != TOKEN_END) {
            assert_true(token.offset >= at && token.length > 0 && token.offset + token.length <= size);
            at = token.offset + token.length;
        }
        free(bytes);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plain),      cmocka_unit_test(test_comments), cmocka_unit_test(test_strings),
        cmocka_unit_test(test_numbers),    cmocka_unit_test(test_directives), cmocka_unit_test(test_joins),
        cmocka_unit_test(test_noise),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

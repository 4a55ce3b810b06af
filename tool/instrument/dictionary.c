/* SPDX-License-Identifier: Apache-2.0 */
/*
 * See dictionary.h. There is no telling which macro gets which arguments, so any two words of the program may meet, and
 * any of the words beside a `##` in a system header's macro (`__CONCAT`, `G_DEFINE_TYPE`); C libraries have such macros
 * always. Who asks has read the program and knows its words; few units have a question, so those of system headers are
 * collected when the first one is asked.
 */
#include "dictionary.h"

#include "lex.h"

#include <string.h>

static void learn(struct dictionary *dictionary, const struct text *text, struct token token, unsigned means)
{
    const char *word = text->bytes + token.offset;
    size_t length = token.length;
    if (memchr(word, '\\', length) != NULL) word = lex_joined(text->arena, word, &length);
    vocabulary_learn(dictionary->words, word, length, means);
}

/* The directive behind the `#` at `at`, if it defines a macro: its name, and its other words if it pastes any. */
static size_t read_definition(struct dictionary *dictionary, const struct text *text, size_t at, size_t end)
{
    static const char define[] = "define";
    for (at++; at < end && (text->bytes[at] == ' ' || text->bytes[at] == '\t'); at++) continue;
    if (end - at < sizeof define || memcmp(text->bytes + at, define, sizeof define - 1) != 0) return at;
    struct lexer lexer;
    lex_begin(&lexer, text->bytes, end);
    lexer.at = at + sizeof define - 1;
    lexer.directive = true;
    lexer.line_start = false;
    struct token token = lex_next(&lexer);
    learn(dictionary, text, token, MEANS_MACRO);
    size_t line = lexer.at;
    do {
        const char *newline = memchr(text->bytes + line, '\n', end - line);
        line = newline == NULL ? end : (size_t)(newline + 1 - text->bytes);
    } while (line < end && text->bytes[line - 2] == '\\');
    if (memmem(text->bytes + at, line - at, "##", 2) == NULL) return line;
    while ((token = lex_next(&lexer)).directive && token.kind != TOKEN_END)
        if (token.kind == TOKEN_IDENTIFIER || token.kind == TOKEN_NUMBER) learn(dictionary, text, token, MEANS_CODE);
    return line;
}

static void read_system_header(struct dictionary *dictionary, const struct text *text, size_t at, size_t end)
{
    const char *hash;
    while (at < end && (hash = memchr(text->bytes + at, '#', end - at)) != NULL)
        at = read_definition(dictionary, text, (size_t)(hash - text->bytes), end);
}

static void read_text(struct dictionary *dictionary, const struct text *text)
{
    static const char *const suffixes[] = {"U", "L", "UL", "LL", "ULL"}; /* UINT64_C(…), in whatever header */
    dictionary->complete = true;
    for (size_t i = 0; i < sizeof suffixes / sizeof suffixes[0]; i++)
        vocabulary_learn(dictionary->words, suffixes[i], strlen(suffixes[i]), MEANS_CODE);
    for (size_t i = 0; i < text->markers.count; i++) {
        size_t begin = text->markers.items[i].next, end = text_region_end(text, i);
        if (text->markers.items[i].system && begin < end) read_system_header(dictionary, text, begin, end);
    }
}

static bool is_word(const struct dictionary *dictionary, const char *bytes, size_t length)
{
    return (vocabulary_meaning(dictionary->words, bytes, length) & MEANS_CODE) != 0;
}

static bool is_pasted(const struct dictionary *dictionary, const char *name, size_t length)
{
    bool reached[128] = {true};
    if (length >= sizeof reached) return true;
    for (size_t from = 0; from < length; from++)
        for (size_t to = from + 1; to <= length && reached[from]; to++)
            if (to - from < length && is_word(dictionary, name + from, to - from)) reached[to] = true;
    return reached[length];
}

bool dictionary_has_macro(struct dictionary *dictionary, const struct text *text, const char *name, size_t length)
{
    if (!dictionary->complete) read_text(dictionary, text);
    return (vocabulary_meaning(dictionary->words, name, length) & MEANS_MACRO) != 0;
}

bool dictionary_makes(struct dictionary *dictionary, const struct text *text, const char *name, size_t length)
{
    return dictionary_has_macro(dictionary, text, name, length) || is_pasted(dictionary, name, length);
}

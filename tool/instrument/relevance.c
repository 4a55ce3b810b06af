/* SPDX-License-Identifier: Apache-2.0 */
/*
 * See relevance.h. Nine units in ten have nothing to do with locks, and this is all that instrumenting costs them, so it
 * is lexical and looks only at what does not come from system headers. It must never say no when it should say yes; to
 * say yes too often costs some time.
 *
 * A unit is concerned if its code (not only a macro's body)
 *   - names a lock function, not after `.` or `->`, or an initialiser of locks,
 *   - uses a macro whose body does any of this,
 *   - defines a variable of a lock's type,
 *   - calls a member of a structure that is described as making locks, and names that structure's tag, or
 *   - calls a function that is declared with a lock's type: such a call hands over a lock, and carries its name.
 * A lock's type is one of the C library's, a typedef of one, or a structure whose one member is of such a type. Macros may
 * speak of what is declared later, so the text is read again as long as that teaches something new.
 */
#include "relevance.h"

#include "functions.h"
#include "lex.h"

#include <string.h>

static const char *const initialisers[] = {
#define MUTRAY_INITIALISER(name) #name,
#include "mutray/functions.def"
#undef MUTRAY_INITIALISER
};

struct word {
    const char *bytes;
    size_t length;
};
typedef LIST(struct word) word_list;

/* One top-level statement, or as much of it as was read. */
struct statement {
    struct word first, last; /* identifiers outside brackets; the last one */
    struct word function;    /* the identifier in front of the first `(` outside brackets */
    bool lock_type;          /* a lock's type was named outside braces */
    bool typed_variable;     /* … and was followed by a name */
    bool members_lock;       /* a lock's type was named within its braces */
    unsigned members;        /* `;` at the first level of its braces */
};

struct reader {
    const struct text *text;
    struct relevance *relevance;
    word_list types, functions, macros, members;
    struct lexer lexer;
    struct token before;
    struct word defining; /* the macro whose body this is */
    size_t in_directive, braces, parens;
    struct statement statement;
};

static bool same(struct word word, const char *name)
{
    return strlen(name) == word.length && memcmp(word.bytes, name, word.length) == 0;
}

static bool listed(const word_list *words, struct word word)
{
    for (size_t i = 0; i < words->count; i++)
        if (words->items[i].length == word.length && memcmp(words->items[i].bytes, word.bytes, word.length) == 0)
            return true;
    return false;
}

static void learn(struct reader *reader, word_list *words, struct word word)
{
    if (word.length != 0 && !listed(words, word)) *LIST_ADD(words, reader->text->arena) = word;
}

static bool is_initialiser(struct word word)
{
    if (word.length < 4 || memcmp(word.bytes, "PTHREAD_", 4) != 0) return false;
    for (size_t i = 0; i < sizeof initialisers / sizeof initialisers[0]; i++)
        if (same(word, initialisers[i])) return true;
    return false;
}

static bool is_lock_type(const struct reader *reader, struct word word)
{
    char name[64];
    if (listed(&reader->types, word)) return true;
    if (word.length >= sizeof name) return false;
    memcpy(name, word.bytes, word.length);
    name[word.length] = '\0';
    return is_lock_type_name(name);
}

/* A name that concerns us wherever it stands in code. */
static bool is_lock_word(const struct reader *reader, struct word word)
{
    if (lock_function_find(word.bytes, word.length) >= 0) return true;
    return is_initialiser(word) || listed(&reader->macros, word);
}

static void concern(struct reader *reader, struct word word)
{
    if (reader->relevance->concerned) return;
    reader->relevance->concerned = true;
    size_t offset = (size_t)(word.bytes - reader->text->bytes); /* a joined word is elsewhere: it has just been read */
    reader->relevance->offset = offset < reader->text->size ? offset : reader->lexer.at - 1;
    reader->relevance->word = arena_copy(reader->text->arena, word.bytes, word.length);
}

static bool calls(const struct reader *reader)
{
    struct lexer ahead = reader->lexer;
    return token_is(&reader->lexer, lex_next(&ahead), '(');
}

/* Before `(`, a member that makes locks. */
static bool makes_lock(const struct reader *reader, struct word word, bool member)
{
    return member && listed(&reader->members, word) && calls(reader);
}

static void learn_members(struct reader *reader, struct word tag)
{
    for (const char *member = NULL; (member = lock_member_of(tag.bytes, tag.length, member)) != NULL;)
        learn(reader, &reader->members, (struct word){member, strlen(member)});
}

static void read_directive_word(struct reader *reader, struct word word, bool member)
{
    if (reader->in_directive == 3 && reader->before.length == 6 &&
        memcmp(reader->text->bytes + reader->before.offset, "define", 6) == 0)
        reader->defining = word;
    else if (reader->defining.length != 0 && (is_lock_word(reader, word) || listed(&reader->functions, word) ||
                                              makes_lock(reader, word, member)))
        learn(reader, &reader->macros, reader->defining);
}

static void read_code_word(struct reader *reader, struct word word, bool member)
{
    struct statement *statement = &reader->statement;
    if ((!member && is_lock_word(reader, word)) || makes_lock(reader, word, member)) concern(reader, word);
    if (!member) learn_members(reader, word);
    if (reader->braces > 0) {
        if (reader->braces == 1 && is_lock_type(reader, word)) statement->members_lock = true;
        if (!member && listed(&reader->functions, word) && calls(reader)) concern(reader, word);
        return;
    }
    if (statement->first.length == 0) statement->first = word;
    if (is_lock_type(reader, word)) statement->lock_type = true;
    else if (statement->lock_type && reader->parens == 0 && statement->last.length != 0 &&
             is_lock_type(reader, statement->last) && reader->before.kind == TOKEN_IDENTIFIER)
        statement->typed_variable = true;
    if (reader->parens == 0) statement->last = word;
}

/* What a finished top-level statement teaches: a type, a function, or that it defines a lock. */
static void end_statement(struct reader *reader)
{
    struct statement *statement = &reader->statement;
    bool wraps = statement->members_lock && statement->members == 1;
    if (same(statement->first, "typedef")) {
        if (statement->lock_type || wraps) learn(reader, &reader->types, statement->last);
    } else if (wraps && statement->function.length == 0) {
        learn(reader, &reader->types, statement->last); /* struct TAG { … }; */
    } else if (statement->function.length != 0) {
        if (statement->lock_type) learn(reader, &reader->functions, statement->function);
    } else if (statement->typed_variable && !same(statement->first, "extern")) {
        concern(reader, statement->last);
    }
    *statement = (struct statement){0};
}

static void read_punctuation(struct reader *reader, char c)
{
    struct statement *statement = &reader->statement;
    switch (c) {
    case '(':
        if (reader->braces == 0 && reader->parens == 0 && statement->function.length == 0)
            statement->function = statement->last;
        if (reader->braces == 0) reader->parens++;
        break;
    case ')':
        if (reader->braces == 0 && reader->parens > 0) reader->parens--;
        break;
    case '{':
        if (reader->braces++ == 0 && statement->lock_type && statement->function.length != 0)
            learn(reader, &reader->functions, statement->function);
        break;
    case '}':
        if (reader->braces > 0 && --reader->braces == 0 && statement->function.length != 0) end_statement(reader);
        break;
    case ';':
        if (reader->braces == 1) statement->members++;
        if (reader->braces == 0 && reader->parens == 0) end_statement(reader);
        break;
    }
}

/* An identifier that is split over lines, as it is meant. */
static struct word joined(struct reader *reader, struct word word)
{
    if (memchr(word.bytes, '\\', word.length) == NULL) return word;
    char *bytes = arena_copy(reader->text->arena, word.bytes, word.length);
    size_t length = 0;
    for (size_t i = 0; i < word.length; i++)
        if (strchr("\\ \t\r\n", word.bytes[i]) == NULL) bytes[length++] = word.bytes[i];
    return (struct word){bytes, length};
}

static void read_region(struct reader *reader, size_t begin, size_t end)
{
    struct token token;
    lex_begin(&reader->lexer, reader->text->bytes, end);
    reader->lexer.at = begin;
    reader->before = (struct token){0};
    while (!reader->relevance->concerned && (token = lex_next(&reader->lexer)).kind != TOKEN_END) {
        const char *bytes = reader->text->bytes + token.offset;
        struct word word = {bytes, token.length};
        reader->in_directive = !token.directive ? 0 : token.first ? 1 : reader->in_directive + 1;
        if (reader->in_directive <= 1) reader->defining = (struct word){0};
        if (token.kind == TOKEN_IDENTIFIER) word = joined(reader, word);
        bool member = reader->before.kind == TOKEN_PUNCTUATION && reader->before.directive == token.directive &&
                      (reader->before.length == 2 || reader->text->bytes[reader->before.offset] == '.');
        if (token.kind == TOKEN_IDENTIFIER && token.directive) {
            read_directive_word(reader, word, member);
        } else if (token.kind == TOKEN_IDENTIFIER) {
            read_code_word(reader, word, member);
        } else if (token.kind == TOKEN_PUNCTUATION && !token.directive && token.length == 1) {
            read_punctuation(reader, *bytes);
        }
        reader->before = token;
    }
}

static void read_text(struct reader *reader)
{
    const struct text *text = reader->text;
    reader->braces = reader->parens = 0;
    reader->statement = (struct statement){0};
    for (size_t i = 0; i < text->markers.count; i++) {
        size_t end = i + 1 < text->markers.count ? text->lines.items[text->markers.items[i + 1].row - 1] : text->size;
        if (!text->markers.items[i].system && text->markers.items[i].next < end)
            read_region(reader, text->markers.items[i].next, end);
    }
}

static size_t learnt(const struct reader *reader)
{
    return reader->types.count + reader->functions.count + reader->macros.count + reader->members.count;
}

void text_relevance(const struct text *text, struct relevance *ret_relevance)
{
    struct reader reader = {.text = text, .relevance = ret_relevance};
    size_t known;
    *ret_relevance = (struct relevance){0};
    do {
        known = learnt(&reader);
        read_text(&reader);
    } while (!ret_relevance->concerned && learnt(&reader) > known);
}

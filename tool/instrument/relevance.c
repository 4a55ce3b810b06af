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
 * What stands in a `static inline` function counts only where that function is named in other code: a header's functions
 * that nobody uses are no code. (xz has such a header in nearly every unit, and locks in the code of three.)
 * A lock's type is one of the C library's, a typedef of one, or a structure whose one member is of such a type. Macros may
 * speak of what is declared later, so the text is read again as long as that teaches something new.
 */
#include "relevance.h"

#include "dictionary.h"
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
    struct word redeclared;  /* one of `inlines`, seemingly declared here */
    bool is_static, is_inline;
    unsigned lists;          /* in parentheses, outside brackets */
    bool unused;             /* the body of a function that is no code unless it is named elsewhere … */
    bool concerns;           /* … and has to do with locks */
    bool lock_type;          /* a lock's type was named outside braces */
    bool typed_variable;     /* … and was followed by a name */
    bool members_lock;       /* a lock's type was named within its braces */
    unsigned members;        /* `;` at the first level of its braces */
    bool varies;             /* a conditional decides what it says, outside braces … */
    bool members_vary;       /* … or within */
};

/* An open conditional: where its branches begin and have to end, for text in which all are read to be one program. */
struct conditional {
    size_t braces, parens;
    bool started; /* within a statement */
    bool skipped, skip_else;
};

struct reader {
    const struct text *text;
    struct relevance *relevance;
    word_list types, functions, macros, members;
    word_list inlines;            /* functions that are code only if they are used, with locks in them */
    word_list braces_hidden;      /* macros that open or close more braces than they close or open */
    struct dictionary dictionary;
    LIST(struct conditional) conditionals;
    LIST(struct token) tokens; /* of all but system headers; one at the end of each region is TOKEN_END */
    size_t at;                 /* in `tokens`, behind the one that is read */
    struct token before;
    struct word directive, defining; /* its name; the macro whose body this is */
    int defined_braces;              /* opened in that body */
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
    return listed(&reader->types, word) || is_lock_type_name(word.bytes, word.length);
}

/* A name that concerns us wherever it stands in code. */
static bool is_lock_word(const struct reader *reader, struct word word)
{
    if (lock_function_find(word.bytes, word.length) >= 0) return true;
    return is_initialiser(word) || listed(&reader->macros, word) || listed(&reader->inlines, word);
}

static struct word word_of(const struct reader *reader, struct token token)
{
    struct word word = {reader->text->bytes + token.offset, token.length};
    if (token.kind == TOKEN_IDENTIFIER && memchr(word.bytes, '\\', word.length) != NULL)
        word.bytes = lex_joined(reader->text->arena, word.bytes, &word.length);
    return word;
}

static void conclude(struct reader *reader, struct word word)
{
    if (reader->relevance->concerned) return;
    reader->relevance->concerned = true;
    size_t offset = (size_t)(word.bytes - reader->text->bytes); /* a joined word is elsewhere: it has just been read */
    reader->relevance->offset = offset < reader->text->size ? offset : reader->tokens.items[reader->at - 1].offset;
    reader->relevance->word = arena_copy(reader->text->arena, word.bytes, word.length);
}

static void concern(struct reader *reader, struct word word)
{
    if (reader->braces > 0 && reader->statement.unused) reader->statement.concerns = true;
    else conclude(reader, word);
}

static bool is(const struct reader *reader, struct token token, char c)
{
    return token.kind == TOKEN_PUNCTUATION && token.length == 1 && reader->text->bytes[token.offset] == c;
}

static bool calls(const struct reader *reader)
{
    return is(reader, reader->tokens.items[reader->at], '(');
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
    if (reader->in_directive == 3 && same(reader->directive, "define")) {
        reader->defining = word;
    } else if (reader->defining.length != 0) {
        if (is_lock_word(reader, word) || listed(&reader->functions, word) || makes_lock(reader, word, member))
            learn(reader, &reader->macros, reader->defining);
        if (listed(&reader->braces_hidden, word)) learn(reader, &reader->braces_hidden, reader->defining);
    } else if (same(reader->directive, "pragma") && listed(&reader->inlines, word)) {
        conclude(reader, word); /* #pragma weak ALIAS = FUNCTION */
    }
}

static void end_definition(struct reader *reader)
{
    if (reader->defined_braces != 0) learn(reader, &reader->braces_hidden, reader->defining);
    reader->defining = (struct word){0};
    reader->defined_braces = 0;
}

static void read_code_word(struct reader *reader, struct word word, bool member)
{
    struct statement *statement = &reader->statement;
    bool redeclared = reader->braces == 0 && reader->parens == 0 && listed(&reader->inlines, word) && calls(reader);
    if (redeclared) statement->redeclared = word;
    if ((!member && !redeclared && is_lock_word(reader, word)) || makes_lock(reader, word, member)) concern(reader, word);
    if (!member) learn_members(reader, word);
    if (statement->unused && reader->braces > 0 && listed(&reader->braces_hidden, word)) {
        statement->unused = false; /* where it ends is not certain */
        if (statement->concerns) conclude(reader, word);
    }
    if (reader->braces > 0) {
        if (reader->braces == 1 && is_lock_type(reader, word)) statement->members_lock = true;
        if (!member && listed(&reader->functions, word) && calls(reader)) concern(reader, word);
        return;
    }
    if (statement->first.length == 0) statement->first = word;
    if (same(word, "static")) statement->is_static = true;
    if (same(word, "inline") || same(word, "__inline") || same(word, "__inline__")) statement->is_inline = true;
    if (is_lock_type(reader, word)) statement->lock_type = true;
    else if (statement->lock_type && reader->parens == 0 && statement->last.length != 0 &&
             is_lock_type(reader, statement->last) && reader->before.kind == TOKEN_IDENTIFIER)
        statement->typed_variable = true;
    if (reader->parens == 0) statement->last = word;
}

/* At the `{` of a body: is this function no code unless it is named elsewhere, and is it certain what it is called? */
static bool is_unused(const struct reader *reader)
{
    const struct statement *statement = &reader->statement;
    return statement->is_static && statement->is_inline && !statement->varies && statement->lists == 1 &&
           is(reader, reader->before, ')');
}

static bool is_plain_word(struct word word)
{
    static const char *const words[] = {"bool", "inline", "__inline", "__inline__", "_Bool", "__extension__"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (same(word, words[i])) return true;
    return false;
}

/* Is there a macro in front of the function's name, which may be an attribute that makes it code? */
static bool head_has_macro(struct reader *reader)
{
    const struct text *text = reader->text;
    const struct statement *statement = &reader->statement;
    const char *begin = statement->first.bytes, *end = statement->function.bytes;
    if (begin < text->bytes || end > text->bytes + text->size || begin > end) return true;
    struct lexer lexer;
    struct token token;
    lex_begin(&lexer, text->bytes, (size_t)(end - text->bytes));
    lexer.at = (size_t)(begin - text->bytes);
    lexer.line_start = false;
    while ((token = lex_next(&lexer)).kind != TOKEN_END) {
        struct word word = word_of(reader, token);
        if (token.kind != TOKEN_IDENTIFIER || is_plain_word(word)) continue;
        if (word.bytes[0] == '_') return true; /* a system header's, seen or not */
        if (dictionary_has_macro(&reader->dictionary, text, word.bytes, word.length)) return true;
    }
    return false;
}

/* A function that is_unused() has locks in it: whoever names it, in whatever way, is concerned. */
static void learn_unused(struct reader *reader, struct word function)
{
    if (listed(&reader->inlines, function)) return;
    reader->relevance->asked_macros = true;
    if (dictionary_makes(&reader->dictionary, reader->text, function.bytes, function.length) || head_has_macro(reader))
        conclude(reader, function);
    else learn(reader, &reader->inlines, function);
}

/* What a finished top-level statement teaches: a type, a function, or that it defines a lock. */
static void end_statement(struct reader *reader)
{
    struct statement *statement = &reader->statement;
    if (statement->concerns) learn_unused(reader, statement->function);
    /* A declaration with attributes may make a function code: constructors. */
    if (statement->redeclared.length != 0 && statement->lists != 1) conclude(reader, statement->redeclared);
    if (statement->varies && (statement->lock_type || statement->members_lock)) conclude(reader, statement->first);
    bool wraps = statement->members_lock && (statement->members == 1 || statement->members_vary);
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

/* A branch that closes what was open before it is one of several ends, and where things end is not certain any more. */
static void close_bracket(struct reader *reader, size_t *depth)
{
    --*depth;
    if (reader->conditionals.count == 0) return;
    const struct conditional *open = &reader->conditionals.items[reader->conditionals.count - 1];
    if (reader->braces < open->braces || reader->parens < open->parens) conclude(reader, reader->statement.first);
}

static void read_punctuation(struct reader *reader, char c)
{
    struct statement *statement = &reader->statement;
    switch (c) {
    case '(':
        if (reader->braces == 0 && reader->parens == 0 && statement->function.length == 0)
            statement->function = statement->last;
        if (reader->braces == 0 && reader->parens++ == 0) statement->lists++;
        break;
    case ')':
        if (reader->braces == 0 && reader->parens > 0) close_bracket(reader, &reader->parens);
        break;
    case '{':
        if (reader->braces++ == 0 && statement->lock_type && statement->function.length != 0)
            learn(reader, &reader->functions, statement->function);
        if (reader->braces == 1) statement->unused = is_unused(reader);
        break;
    case '}':
        if (reader->braces == 0) break;
        close_bracket(reader, &reader->braces);
        if (reader->braces == 0 && statement->function.length != 0) end_statement(reader);
        break;
    case ';':
        if (reader->braces == 1) statement->members++;
        if (reader->braces == 0 && reader->parens == 0) end_statement(reader);
        break;
    }
}

/* --- text that has not been preprocessed ----------------------------------------------------------------------- */

static bool is_word(const struct reader *reader, struct token token, const char *word)
{
    return same((struct word){reader->text->bytes + token.offset, token.length}, word);
}

/* What C makes of the condition behind this directive's name: 1, 0, or -1 for what is not known here. */
static int condition_of(const struct reader *reader)
{
    const struct token *next = reader->tokens.items + reader->at;
    bool negative = same(reader->directive, "ifndef"), defined = negative || same(reader->directive, "ifdef");
    if (!next->directive || next->kind == TOKEN_END) return -1;
    if (!defined && is(reader, *next, '!')) {
        negative = true;
        next++;
    }
    if (!defined && is_word(reader, *next, "defined")) {
        defined = true;
        next++;
        next += is(reader, *next, '(');
    }
    bool zero = !defined && !negative && is_word(reader, *next, "0");
    if (!zero && (!defined || !is_word(reader, *next, "__cplusplus"))) return -1;
    do next++;
    while (is(reader, *next, ')'));
    bool alone = !next->directive || next->first || next->kind == TOKEN_END;
    if (negative) return alone ? 1 : -1;
    return alone || is(reader, *next, '&') ? 0 : -1;
}

static bool is_skipping(const struct reader *reader)
{
    return reader->conditionals.count != 0 && reader->conditionals.items[reader->conditionals.count - 1].skipped;
}

static bool in_statement(const struct reader *reader)
{
    return reader->statement.first.length != 0 || reader->braces != 0 || reader->parens != 0;
}

static void open_conditional(struct reader *reader)
{
    int condition = condition_of(reader);
    struct conditional conditional = {.braces = reader->braces, .parens = reader->parens,
                                      .started = in_statement(reader) && reader->braces == 0};
    conditional.skipped = is_skipping(reader) || condition == 0;
    conditional.skip_else = is_skipping(reader) || condition == 1;
    *LIST_ADD(&reader->conditionals, reader->text->arena) = conditional;
}

/*
 * Text that a person wrote (the preprocessor leaves no such directives): all branches are read. That makes one program
 * of many if each branch ends as deep in brackets as it began; then the only harm is in what a statement is taken for.
 */
static void read_conditional(struct reader *reader, struct word name)
{
    bool opens = same(name, "if") || same(name, "ifdef") || same(name, "ifndef"), ends = same(name, "endif");
    struct token next = reader->tokens.items[reader->at];
    /* Where a header's text begins and ends, which is read once, here, and may be meant elsewhere as well. */
    bool header = same(name, "include") && (!next.directive || next.first || next.kind == TOKEN_END);
    if (header && (is_skipping(reader) || reader->braces != 0 || reader->parens != 0)) conclude(reader, name);
    if (!header && !opens && !ends && strncmp(name.bytes, "el", 2) != 0) return;
    struct statement *statement = &reader->statement;
    if (in_statement(reader) && reader->braces == 0) statement->varies = true;
    if (reader->braces > 0) statement->members_vary = true;
    if (header) return;
    if (opens) {
        open_conditional(reader);
    } else if (reader->conditionals.count == 0) {
        conclude(reader, name);
    } else {
        struct conditional *open = &reader->conditionals.items[reader->conditionals.count - 1];
        bool outer = reader->conditionals.count > 1 && open[-1].skipped;
        if (reader->braces != open->braces || reader->parens != open->parens) conclude(reader, name);
        if (open->started) statement->varies = true; /* in this branch it may be the rest of one that ended in another */
        open->skipped = outer || (open->skip_else && same(name, "else"));
        if (ends) reader->conditionals.count--;
    }
}

/* ---------------------------------------------------------------------------------------------------------------- */

/* Does the word follow `.` or `->`? */
static bool is_member(const struct reader *reader, struct token word)
{
    struct token before = reader->before;
    return before.kind == TOKEN_PUNCTUATION && before.directive == word.directive &&
           (before.length == 2 || reader->text->bytes[before.offset] == '.');
}

static void read_directive(struct reader *reader, struct token token)
{
    reader->in_directive = token.first ? 1 : reader->in_directive + 1;
    if (reader->in_directive == 1) end_definition(reader);
    if (reader->in_directive <= 2) reader->directive = (struct word){0};
    if (token.kind == TOKEN_IDENTIFIER) {
        struct word word = word_of(reader, token);
        if (reader->in_directive == 2) read_conditional(reader, reader->directive = word);
        else if (!is_skipping(reader)) read_directive_word(reader, word, is_member(reader, token));
    } else if (reader->defining.length != 0) {
        reader->defined_braces += is(reader, token, '{') - is(reader, token, '}');
    }
}

static void read_code(struct reader *reader, struct token token)
{
    const char *bytes = reader->text->bytes + token.offset;
    if (reader->in_directive != 0) end_definition(reader);
    reader->in_directive = 0;
    if (is_skipping(reader)) return;
    if (token.kind == TOKEN_IDENTIFIER) {
        read_code_word(reader, word_of(reader, token), is_member(reader, token));
    } else if (token.kind == TOKEN_PUNCTUATION && token.length == 1) {
        read_punctuation(reader, *bytes);
    } else if (token.kind == TOKEN_STRING && token.length > 2) {
        struct word alias = {bytes + 1, token.length - 2}; /* __attribute__((alias("FUNCTION"))) */
        if (listed(&reader->inlines, alias)) conclude(reader, alias);
    }
}

/* The tokens are read several times, but made once. */
static void make_tokens(struct reader *reader)
{
    const struct text *text = reader->text;
    struct lexer lexer;
    struct token token;
    for (size_t i = 0; i < text->markers.count; i++) {
        size_t begin = text->markers.items[i].next, end = text_region_end(text, i);
        if (text->markers.items[i].system || begin >= end) continue;
        lex_begin(&lexer, text->bytes, end);
        lexer.at = begin;
        do {
            token = lex_next(&lexer);
            *LIST_ADD(&reader->tokens, text->arena) = token;
        } while (token.kind != TOKEN_END);
    }
}

static void read_text(struct reader *reader)
{
    reader->braces = reader->parens = reader->conditionals.count = 0;
    reader->statement = (struct statement){0};
    for (reader->at = 0; reader->at < reader->tokens.count && !reader->relevance->concerned;) {
        struct token token = reader->tokens.items[reader->at++];
        if (token.kind == TOKEN_END) end_definition(reader);
        else if (token.directive) read_directive(reader, token);
        else read_code(reader, token);
        reader->before = token;
    }
}

static size_t known_words(const struct reader *reader)
{
    return reader->types.count + reader->functions.count + reader->macros.count + reader->members.count +
           reader->inlines.count + reader->braces_hidden.count;
}

void text_relevance(const struct text *text, struct relevance *ret_relevance)
{
    struct reader reader = {.text = text, .relevance = ret_relevance};
    size_t known;
    *ret_relevance = (struct relevance){0};
    make_tokens(&reader);
    do {
        known = known_words(&reader);
        read_text(&reader);
    } while (!ret_relevance->concerned && known_words(&reader) > known);
}

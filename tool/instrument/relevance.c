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
 * speak of what is declared later, so the text is read again as long as that teaches something new. It is made of
 * tokens once, and each word a number, under which stands what is known of it: reading compares no bytes.
 */
#include "relevance.h"

#include "dictionary.h"
#include "functions.h"
#include "lex.h"

#include <string.h>

enum { WORDS = 1 << 12 };

static const char *const initialisers[] = {
#define MUTRAY_INITIALISER(name) #name,
#include "mutray/functions.def"
#undef MUTRAY_INITIALISER
};

/* What is known of a word. The dictionary has its own, enum meaning. */
enum knowledge {
    LOCK = 1 << 8,            /* a lock function or an initialiser, … */
    LOCK_MACRO = 1 << 9,      /* a macro that leads to one, … */
    LOCK_INLINE = 1 << 10,    /* or a function that is code only if it is used, with locks in it: */
    CONCERNS = LOCK | LOCK_MACRO | LOCK_INLINE, /* … any of these concerns us wherever it stands in code */
    LOCK_TYPE = 1 << 11,
    LOCK_FUNCTION = 1 << 12,  /* declared with a lock's type */
    LOCK_MEMBER = 1 << 13,    /* a member that makes locks, … */
    LOCK_TAG = 1 << 14,       /* … and the tag of a structure that has one */
    HIDES_BRACES = 1 << 15,   /* a macro that opens or closes more braces than it closes or opens */
    IS_STATIC = 1 << 16,
    IS_INLINE = 1 << 17,
    IS_PLAIN = 1 << 18,       /* in front of a function's name no attribute */
};

static const struct {
    const char *word;
    unsigned knowledge;
} keywords[] = {
    {"static", IS_STATIC},
    {"inline", IS_INLINE | IS_PLAIN},
    {"__inline", IS_INLINE | IS_PLAIN},
    {"__inline__", IS_INLINE | IS_PLAIN},
    {"bool", IS_PLAIN},
    {"_Bool", IS_PLAIN},
    {"__extension__", IS_PLAIN},
};

/* A word of the vocabulary where it stands in the text; number 0: none. */
struct word {
    uint32_t number, offset;
};

/* `word`: the number of an identifier's word; of punctuation of one character that character. */
struct read_token {
    struct token token;
    uint32_t word;
};

/* One top-level statement, or as much of it as was read. */
struct statement {
    struct word first, last; /* identifiers outside brackets; the last one */
    struct word function;    /* the identifier in front of the first `(` outside brackets */
    struct word redeclared;  /* a LOCK_INLINE, seemingly declared here */
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
    struct vocabulary words;
    struct dictionary dictionary;
    size_t learned; /* how often something new was learned */
    bool first_time;
    LIST(size_t) definitions; /* where those of macros begin, in `tokens`, behind the name */
    LIST(struct conditional) conditionals;
    LIST(struct read_token) tokens; /* of all but system headers; the first and those at ends of regions are TOKEN_END */
    size_t at;                      /* in `tokens`, behind the one that is read */
    struct word directive, defining; /* its name; the macro whose body this is */
    int defined_braces;              /* opened in that body */
    size_t in_directive, braces, parens;
    struct statement statement;
};

static unsigned known(const struct reader *reader, struct word word)
{
    return reader->words.words[word.number].meaning;
}

static bool same(const struct reader *reader, struct word word, const char *name)
{
    const struct vocabulary_word *known_as = &reader->words.words[word.number];
    return known_as->length == strlen(name) && memcmp(known_as->bytes, name, known_as->length) == 0;
}

static void learn(struct reader *reader, struct word word, unsigned knowledge)
{
    if (word.number == 0 || (known(reader, word) & knowledge) == knowledge) return;
    reader->words.words[word.number].meaning |= knowledge;
    reader->learned++;
}

static bool is_initialiser(const char *bytes, size_t length)
{
    for (size_t i = 0; i < sizeof initialisers / sizeof initialisers[0]; i++)
        if (strlen(initialisers[i]) == length && memcmp(initialisers[i], bytes, length) == 0) return true;
    return false;
}

/* What a word is by itself, whatever the text makes of it. */
static unsigned inborn(const char *bytes, size_t length)
{
    unsigned knowledge = 0;
    if (lock_function_find(bytes, length) >= 0 || is_initialiser(bytes, length)) knowledge |= LOCK;
    if (is_lock_type_name(bytes, length)) knowledge |= LOCK_TYPE;
    if (lock_member_of(bytes, length, NULL) != NULL) knowledge |= LOCK_TAG;
    return knowledge;
}

static void conclude(struct reader *reader, struct word word)
{
    if (reader->relevance->concerned) return;
    reader->relevance->concerned = true;
    const struct vocabulary_word *known_as = &reader->words.words[word.number];
    reader->relevance->offset = word.number != 0 ? word.offset : reader->tokens.items[reader->at - 1].token.offset;
    reader->relevance->word = word.number == 0 ? "" : arena_copy(reader->text->arena, known_as->bytes, known_as->length);
}

static void concern(struct reader *reader, struct word word)
{
    if (reader->braces > 0 && reader->statement.unused) reader->statement.concerns = true;
    else conclude(reader, word);
}

static bool is(const struct read_token *read, char c)
{
    return read->token.kind == TOKEN_PUNCTUATION && read->word == (unsigned char)c;
}

/* The token in front of the one that is read. */
static const struct read_token *before(const struct reader *reader)
{
    return &reader->tokens.items[reader->at - 2];
}

static bool calls(const struct reader *reader)
{
    return is(&reader->tokens.items[reader->at], '(');
}

/* Before `(`, a member that makes locks. */
static bool makes_lock(const struct reader *reader, struct word word, bool member)
{
    return member && (known(reader, word) & LOCK_MEMBER) != 0 && calls(reader);
}

static void learn_members(struct reader *reader, struct word tag)
{
    struct vocabulary_word word = reader->words.words[tag.number];
    for (const char *member = NULL; (member = lock_member_of(word.bytes, word.length, member)) != NULL;)
        learn(reader, (struct word){.number = vocabulary_number(&reader->words, member, strlen(member))}, LOCK_MEMBER);
}

/* In the body of a macro. */
static void read_body_word(struct reader *reader, struct word word, bool member)
{
    unsigned knowledge = known(reader, word);
    if ((knowledge & (CONCERNS | LOCK_FUNCTION)) != 0 || makes_lock(reader, word, member))
        learn(reader, reader->defining, LOCK_MACRO);
    if ((knowledge & HIDES_BRACES) != 0) learn(reader, reader->defining, HIDES_BRACES);
}

static void read_directive_word(struct reader *reader, struct word word, bool member)
{
    if (reader->in_directive == 3 && same(reader, reader->directive, "define")) {
        reader->defining = word;
        if (reader->first_time) *LIST_ADD(&reader->definitions, reader->text->arena) = reader->at;
    } else if (reader->defining.number != 0) {
        read_body_word(reader, word, member);
    } else if ((known(reader, word) & LOCK_INLINE) != 0 && same(reader, reader->directive, "pragma")) {
        conclude(reader, word); /* #pragma weak ALIAS = FUNCTION */
    }
}

static void end_definition(struct reader *reader)
{
    if (reader->defined_braces != 0) learn(reader, reader->defining, HIDES_BRACES);
    reader->defining = (struct word){0};
    reader->defined_braces = 0;
}

/* A word of which something is known. */
static void read_known_word(struct reader *reader, struct word word, unsigned knowledge, bool member)
{
    struct statement *statement = &reader->statement;
    bool redeclared = reader->braces == 0 && reader->parens == 0 && (knowledge & LOCK_INLINE) != 0 && calls(reader);
    if (redeclared) statement->redeclared = word;
    if ((!member && !redeclared && (knowledge & CONCERNS) != 0) || makes_lock(reader, word, member)) concern(reader, word);
    if (!member && (knowledge & LOCK_TAG) != 0) learn_members(reader, word);
    if (reader->braces == 0) return;
    if (statement->unused && (knowledge & HIDES_BRACES) != 0) {
        statement->unused = false; /* where it ends is not certain */
        if (statement->concerns) conclude(reader, word);
    }
    if (reader->braces == 1 && (knowledge & LOCK_TYPE) != 0) statement->members_lock = true;
    if (!member && (knowledge & LOCK_FUNCTION) != 0 && calls(reader)) concern(reader, word);
}

static void read_code_word(struct reader *reader, struct word word, bool member)
{
    struct statement *statement = &reader->statement;
    unsigned knowledge = known(reader, word);
    if (knowledge >= LOCK) read_known_word(reader, word, knowledge, member);
    if (reader->braces > 0) return;
    if (statement->first.number == 0) statement->first = word;
    if ((knowledge & IS_STATIC) != 0) statement->is_static = true;
    if ((knowledge & IS_INLINE) != 0) statement->is_inline = true;
    if ((knowledge & LOCK_TYPE) != 0) statement->lock_type = true;
    else if (statement->lock_type && reader->parens == 0 && (known(reader, statement->last) & LOCK_TYPE) != 0 &&
             before(reader)->token.kind == TOKEN_IDENTIFIER)
        statement->typed_variable = true;
    if (reader->parens == 0) statement->last = word;
}

/* At the `{` of a body: is this function no code unless it is named elsewhere, and is it certain what it is called? */
static bool is_unused(const struct reader *reader)
{
    const struct statement *statement = &reader->statement;
    return statement->is_static && statement->is_inline && !statement->varies && statement->lists == 1 &&
           is(before(reader), ')');
}

/* Is there a macro in front of the function's name, which may be an attribute that makes it code? */
static bool head_has_macro(struct reader *reader)
{
    const struct statement *statement = &reader->statement;
    const struct read_token *read = reader->tokens.items + reader->at;
    if (statement->first.offset > statement->function.offset) return true;
    do {
        if (--read < reader->tokens.items) return true;
        if (read->token.kind != TOKEN_IDENTIFIER || read->token.offset >= statement->function.offset) continue;
        const struct vocabulary_word *word = &reader->words.words[read->word];
        if ((word->meaning & IS_PLAIN) != 0) continue;
        if (word->bytes[0] == '_') return true; /* a system header's, seen or not */
        if (dictionary_has_macro(&reader->dictionary, reader->text, word->bytes, word->length)) return true;
    } while (read->token.offset != statement->first.offset);
    return false;
}

/* A function that is_unused() has locks in it: whoever names it, in whatever way, is concerned. */
static void learn_unused(struct reader *reader, struct word function)
{
    if ((known(reader, function) & LOCK_INLINE) != 0) return;
    reader->relevance->asked_macros = true;
    struct vocabulary_word word = reader->words.words[function.number];
    if (dictionary_makes(&reader->dictionary, reader->text, word.bytes, word.length) || head_has_macro(reader))
        conclude(reader, function);
    else learn(reader, function, LOCK_INLINE);
}

/* What a finished top-level statement teaches: a type, a function, or that it defines a lock. */
static void end_statement(struct reader *reader)
{
    struct statement *statement = &reader->statement;
    if (statement->concerns) learn_unused(reader, statement->function);
    /* A declaration with attributes may make a function code: constructors. */
    if (statement->redeclared.number != 0 && statement->lists != 1) conclude(reader, statement->redeclared);
    if (statement->varies && (statement->lock_type || statement->members_lock)) conclude(reader, statement->first);
    bool wraps = statement->members_lock && (statement->members == 1 || statement->members_vary);
    bool matters = wraps || statement->lock_type;
    if (matters && same(reader, statement->first, "typedef")) {
        learn(reader, statement->last, LOCK_TYPE);
    } else if (wraps && statement->function.number == 0) {
        learn(reader, statement->last, LOCK_TYPE); /* struct TAG { … }; */
    } else if (statement->function.number != 0) {
        if (statement->lock_type) learn(reader, statement->function, LOCK_FUNCTION);
    } else if (statement->typed_variable && !same(reader, statement->first, "extern")) {
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
        if (reader->braces == 0 && reader->parens == 0 && statement->function.number == 0)
            statement->function = statement->last;
        if (reader->braces == 0 && reader->parens++ == 0) statement->lists++;
        break;
    case ')':
        if (reader->braces == 0 && reader->parens > 0) close_bracket(reader, &reader->parens);
        break;
    case '{':
        if (reader->braces++ == 0 && statement->lock_type && statement->function.number != 0)
            learn(reader, statement->function, LOCK_FUNCTION);
        if (reader->braces == 1) statement->unused = is_unused(reader);
        break;
    case '}':
        if (reader->braces == 0) break;
        close_bracket(reader, &reader->braces);
        if (reader->braces == 0 && statement->function.number != 0) end_statement(reader);
        break;
    case ';':
        if (reader->braces == 1) statement->members++;
        if (reader->braces == 0 && reader->parens == 0) end_statement(reader);
        break;
    }
}

/* --- text that has not been preprocessed ----------------------------------------------------------------------- */

static bool is_word(const struct reader *reader, const struct token *token, const char *word)
{
    return token->length == strlen(word) && memcmp(reader->text->bytes + token->offset, word, token->length) == 0;
}

/* What C makes of the condition behind this directive's name: 1, 0, or -1 for what is not known here. */
static int condition_of(const struct reader *reader)
{
    const struct read_token *next = reader->tokens.items + reader->at;
    bool negative = same(reader, reader->directive, "ifndef");
    bool defined = negative || same(reader, reader->directive, "ifdef");
    if (!next->token.directive || next->token.kind == TOKEN_END) return -1;
    if (!defined && is(next, '!')) {
        negative = true;
        next++;
    }
    if (!defined && is_word(reader, &next->token, "defined")) {
        defined = true;
        next++;
        next += is(next, '(');
    }
    bool zero = !defined && !negative && is_word(reader, &next->token, "0");
    if (!zero && (!defined || !is_word(reader, &next->token, "__cplusplus"))) return -1;
    do next++;
    while (is(next, ')'));
    bool alone = !next->token.directive || next->token.first || next->token.kind == TOKEN_END;
    if (negative) return alone ? 1 : -1;
    return alone || is(next, '&') ? 0 : -1;
}

static bool is_skipping(const struct reader *reader)
{
    return reader->conditionals.count != 0 && reader->conditionals.items[reader->conditionals.count - 1].skipped;
}

static bool in_statement(const struct reader *reader)
{
    return reader->statement.first.number != 0 || reader->braces != 0 || reader->parens != 0;
}

/* else, elif, elifdef … */
static bool begins_otherwise(const struct reader *reader, struct word name)
{
    const struct vocabulary_word *word = &reader->words.words[name.number];
    return word->length >= 2 && memcmp(word->bytes, "el", 2) == 0;
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
    bool opens = same(reader, name, "if") || same(reader, name, "ifdef") || same(reader, name, "ifndef");
    bool ends = same(reader, name, "endif");
    struct token next = reader->tokens.items[reader->at].token;
    /* Where a header's text begins and ends, which is read once, here, and may be meant elsewhere as well. */
    bool header = same(reader, name, "include") && (!next.directive || next.first || next.kind == TOKEN_END);
    if (header && (is_skipping(reader) || reader->braces != 0 || reader->parens != 0)) conclude(reader, name);
    if (!header && !opens && !ends && !begins_otherwise(reader, name)) return;
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
        open->skipped = outer || (open->skip_else && same(reader, name, "else"));
        if (ends) reader->conditionals.count--;
    }
}

/* ---------------------------------------------------------------------------------------------------------------- */

/* Does the word follow `.` or `->`? */
static bool is_member(const struct reader *reader, const struct read_token *word)
{
    const struct read_token *operator = before(reader);
    return operator->token.kind == TOKEN_PUNCTUATION && (operator->word == '.' || operator->token.length == 2) &&
           operator->token.directive == word->token.directive;
}

static void read_directive(struct reader *reader, const struct read_token *read)
{
    reader->in_directive = read->token.first ? 1 : reader->in_directive + 1;
    if (reader->in_directive == 1) end_definition(reader);
    if (reader->in_directive <= 2) reader->directive = (struct word){0};
    if (read->token.kind == TOKEN_IDENTIFIER) {
        struct word word = {read->word, read->token.offset};
        if (reader->in_directive == 2) read_conditional(reader, reader->directive = word);
        else if (!is_skipping(reader)) read_directive_word(reader, word, is_member(reader, read));
    } else if (reader->defining.number != 0) {
        reader->defined_braces += is(read, '{') - is(read, '}');
    }
}

static void read_string(struct reader *reader, struct token token)
{
    const char *bytes = reader->text->bytes + token.offset;
    if (token.length <= 2) return;
    struct word alias = {vocabulary_find(&reader->words, bytes + 1, token.length - 2), token.offset};
    if ((known(reader, alias) & LOCK_INLINE) != 0) conclude(reader, alias); /* __attribute__((alias("FUNCTION"))) */
}

static void read_code(struct reader *reader, const struct read_token *read)
{
    if (reader->in_directive != 0) end_definition(reader);
    reader->in_directive = 0;
    if (is_skipping(reader)) return;
    if (read->token.kind == TOKEN_IDENTIFIER)
        read_code_word(reader, (struct word){read->word, read->token.offset}, is_member(reader, read));
    else if (read->token.kind == TOKEN_PUNCTUATION) read_punctuation(reader, (char)read->word);
    else if (read->token.kind == TOKEN_STRING) read_string(reader, read->token);
}

/* The number of the word that a token is. What the dictionary wants to know of it is noted as well. */
static uint32_t number_of(struct reader *reader, struct token token, bool macro)
{
    const char *bytes = reader->text->bytes + token.offset;
    size_t length = token.length, words = reader->words.count;
    if (memchr(bytes, '\\', length) != NULL) bytes = lex_joined(reader->text->arena, bytes, &length);
    uint32_t number = vocabulary_number(&reader->words, bytes, length);
    struct vocabulary_word *word = &reader->words.words[number];
    if (reader->words.count > words) word->meaning = inborn(bytes, length);
    word->meaning |= macro ? MEANS_CODE | MEANS_MACRO : MEANS_CODE;
    return number;
}

static void add_token(struct reader *reader, struct token token)
{
    struct read_token read = {.token = token};
    size_t *in_directive = &reader->in_directive;
    bool defines = *in_directive == 2 && is_word(reader, &reader->tokens.items[reader->tokens.count - 1].token, "define");
    *in_directive = !token.directive ? 0 : token.first ? 1 : *in_directive + 1;
    if (token.kind == TOKEN_IDENTIFIER || token.kind == TOKEN_NUMBER)
        read.word = number_of(reader, token, defines && *in_directive == 3);
    else if (token.kind == TOKEN_PUNCTUATION && token.length == 1)
        read.word = (unsigned char)reader->text->bytes[token.offset];
    *LIST_ADD(&reader->tokens, reader->text->arena) = read;
}

static void add_region(struct reader *reader, size_t begin, size_t end)
{
    struct lexer lexer;
    struct token token;
    lex_begin(&lexer, reader->text->bytes, end);
    lexer.at = begin;
    do add_token(reader, token = lex_next(&lexer));
    while (token.kind != TOKEN_END);
}

/* The tokens are read several times, but made once. */
static void make_tokens(struct reader *reader)
{
    const struct text *text = reader->text;
    vocabulary_begin(text->arena, WORDS, &reader->words);
    for (size_t i = 0; i < sizeof keywords / sizeof keywords[0]; i++)
        vocabulary_learn(&reader->words, keywords[i].word, strlen(keywords[i].word), keywords[i].knowledge);
    add_token(reader, (struct token){.kind = TOKEN_END});
    for (size_t i = 0; i < text->tokens.count; i++) add_token(reader, text->tokens.items[i]);
    for (size_t i = 0; i < text->markers.count && text->tokens.count == 0; i++) {
        size_t begin = text->markers.items[i].next, end = text_region_end(text, i);
        if (!text->markers.items[i].system && begin < end) add_region(reader, begin, end);
    }
    add_token(reader, (struct token){.kind = TOKEN_END, .offset = (uint32_t)text->size});
}

static void read_text(struct reader *reader)
{
    reader->braces = reader->parens = reader->in_directive = reader->conditionals.count = 0;
    reader->statement = (struct statement){0};
    for (reader->at = 1; reader->at < reader->tokens.count && !reader->relevance->concerned;) {
        const struct read_token *read = &reader->tokens.items[reader->at++];
        if (read->token.kind == TOKEN_END) end_definition(reader);
        else if (read->token.directive) read_directive(reader, read);
        else read_code(reader, read);
    }
}

/* Macros that are defined in terms of later ones: to read only them again is less than to read all. */
static void read_definitions(struct reader *reader)
{
    for (size_t i = 0; i < reader->definitions.count; i++) {
        const struct read_token *read = &reader->tokens.items[reader->at = reader->definitions.items[i]];
        reader->defining = (struct word){read[-1].word, read[-1].token.offset};
        for (; read->token.directive && !read->token.first && read->token.kind != TOKEN_END; read++) {
            reader->at++;
            if (read->token.kind != TOKEN_IDENTIFIER) continue;
            read_body_word(reader, (struct word){read->word, read->token.offset}, is_member(reader, read));
        }
    }
    reader->defining = (struct word){0};
}

void text_relevance(const struct text *text, struct relevance *ret_relevance)
{
    struct reader reader = {.text = text, .relevance = ret_relevance, .first_time = true};
    size_t learned, before_definitions;
    *ret_relevance = (struct relevance){0};
    make_tokens(&reader);
    reader.dictionary.words = &reader.words;
    do {
        learned = reader.learned;
        read_text(&reader);
        reader.first_time = false;
        if (ret_relevance->concerned || reader.learned == learned) break;
        do {
            before_definitions = reader.learned;
            read_definitions(&reader);
        } while (reader.learned > before_definitions);
    } while (true);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * See prune.h. Most of parsing is function bodies, and most bodies have no lock in them. Those are replaced by blanks
 * before libclang sees the text; newlines and directives stay, so every offset and line is what it was.
 *
 * A body in a system header is never looked at, so it always goes. A body of the program stays if it holds a word that
 * can matter: a lock function or an initialiser; a lock's type; a name declared with such a type, be it a function that is
 * handed a lock or returns one, a pointer to one, a member or a variable; a macro that leads to any of these, pastes words
 * or hides a brace; a structure that holds a lock, where an object of it is defined. Words are learned from declarations
 * and macros: to learn too many costs time, to learn too few would lose a name.
 *
 * What a function body is has to be certain, since declarations must not go: a `{` outside all brackets, in a statement
 * without `=` and `typedef` that has a list in parentheses after a word which is neither an attribute nor a macro. What a
 * macro makes of a function's head is thus left as it is.
 */
#include "prune.h"

#include "functions.h"
#include "lex.h"
#include "vocabulary.h"

#include <string.h>

enum { LEVELS = 16, ROUNDS = 4, WORDS = 1 << 14 };

struct macro {
    struct token name;
    size_t begin, end; /* of the body */
    bool system;
};

/* Braces outside function bodies: a structure, mostly. */
struct level {
    struct token tag;
    unsigned members;
    bool holds_lock;
};

struct pruner {
    const struct text *text;
    struct vocabulary vocabulary;
    LIST(struct macro) macros;
    LIST(struct body) bodies; /* certain ones */
    struct lexer lexer;
    struct token before; /* the last one outside directives */
    size_t in_directive, parens, depth;
    struct level levels[LEVELS];
    /* The declaration we are in: a statement, or a part of one that braces delimit. */
    size_t piece;
    bool typed;
    unsigned closed; /* what the structure that just ended is: MEANS_RECORD, MEANS_TYPE */
    /* The statement outside all braces. */
    bool assigned, type_defined, tagged, function;
};

static const char *const initialisers[] = {
#define MUTRAY_INITIALISER(name) #name,
#include "mutray/functions.def"
#undef MUTRAY_INITIALISER
};

/* Words that stand before a `(` and are no name of what is declared there. */
static const char *const keywords[] = {
    "__attribute__", "__attribute", "__declspec", "__asm__", "asm", "__asm", "__typeof__", "typeof", "__typeof",
    "typeof_unqual", "_Alignas", "alignas", "_Atomic", "_BitInt", "sizeof", "void", "char", "short", "int", "long",
    "float", "double", "signed", "unsigned", "_Bool", "bool", "const", "volatile", "static", "extern", "inline",
    "__inline", "__inline__", "__extension__", "__restrict", "restrict", "__const", "__volatile__", "_Static_assert",
    "if", "while", "for", "switch", "return",
};

static bool is_word(const struct pruner *pruner, struct token token, const char *word)
{
    return token.kind == TOKEN_IDENTIFIER && strlen(word) == token.length &&
           memcmp(pruner->text->bytes + token.offset, word, token.length) == 0;
}

static unsigned meaning(const struct pruner *pruner, struct token token)
{
    if (token.kind != TOKEN_IDENTIFIER) return 0;
    return vocabulary_meaning(&pruner->vocabulary, pruner->text->bytes + token.offset, token.length);
}

static bool learn(struct pruner *pruner, struct token token, unsigned means)
{
    if ((meaning(pruner, token) & MEANS_KEYWORD) != 0) return false;
    return vocabulary_learn(&pruner->vocabulary, pruner->text->bytes + token.offset, token.length, means);
}

static bool is_one_of(const struct pruner *pruner, struct token token, const char *characters)
{
    return token.kind == TOKEN_PUNCTUATION && token.length == 1 &&
           strchr(characters, pruner->text->bytes[token.offset]) != NULL;
}

static bool in_system_header(const struct pruner *pruner, size_t offset)
{
    return text_place(pruner->text, offset).system;
}

static void begin(struct pruner *pruner)
{
    struct vocabulary *vocabulary = &pruner->vocabulary;
    vocabulary_begin(pruner->text->arena, WORDS, vocabulary);
    for (size_t i = 0; i < sizeof keywords / sizeof keywords[0]; i++)
        vocabulary_learn(vocabulary, keywords[i], strlen(keywords[i]), MEANS_KEYWORD);
    for (size_t i = 0; i < lock_function_count; i++)
        vocabulary_learn(vocabulary, lock_functions[i].name, strlen(lock_functions[i].name), MEANS_CODE);
    for (size_t i = 0; i < sizeof initialisers / sizeof initialisers[0]; i++)
        vocabulary_learn(vocabulary, initialisers[i], strlen(initialisers[i]), MEANS_CODE);
    for (size_t i = 0; lock_member(i) != NULL; i++) {
        const char *member = strchr(lock_member(i), '.') + 1;
        vocabulary_learn(vocabulary, member, strlen(member), MEANS_CODE);
    }
    const char *type;
    for (size_t i = 0; (type = lock_type_name(i)) != NULL; i++)
        vocabulary_learn(vocabulary, type, strlen(type), MEANS_TYPE | MEANS_CODE);
}

/* --- macros ---------------------------------------------------------------------------------------------------- */

static unsigned macro_meaning(const struct pruner *pruner, const struct macro *macro)
{
    struct lexer lexer;
    struct token token, before = {0};
    unsigned means = 0;
    int braces = 0;
    lex_begin(&lexer, pruner->text->bytes, macro->end);
    lexer.at = macro->begin;
    lexer.line_start = false;
    while ((token = lex_next(&lexer)).kind != TOKEN_END) {
        means |= meaning(pruner, token) & (MEANS_CODE | MEANS_TYPE | MEANS_RECORD);
        braces += is_one_of(pruner, token, "{") - is_one_of(pruner, token, "}");
        if (is_one_of(pruner, token, "#") && is_one_of(pruner, before, "#") && !macro->system) means |= MEANS_CODE;
        before = token;
    }
    return braces == 0 ? means : means | MEANS_CODE;
}

static void note_macro(struct pruner *pruner, struct token name)
{
    const char *bytes = pruner->text->bytes;
    struct lexer rest = pruner->lexer;
    struct token token;
    struct macro macro = {.name = name, .begin = name.offset + name.length};
    macro.end = macro.begin;
    while ((token = lex_next(&rest)).directive && !token.first) macro.end = token.offset + token.length;
    macro.system = in_system_header(pruner, name.offset);
    pruner->lexer.at = macro.end;
    vocabulary_learn(&pruner->vocabulary, bytes + name.offset, name.length, MEANS_MACRO);
    if (macro.end == macro.begin) return;
    unsigned means = macro_meaning(pruner, &macro);
    if (means != 0) learn(pruner, name, means);
    *LIST_ADD(&pruner->macros, pruner->text->arena) = macro;
}

static void read_directive(struct pruner *pruner, struct token token)
{
    static const char define[] = "define";
    pruner->in_directive = token.first ? 1 : pruner->in_directive + 1;
    if (pruner->in_directive != 2 || !is_word(pruner, token, define)) return;
    struct token name = lex_next(&pruner->lexer);
    if (name.kind == TOKEN_IDENTIFIER && name.directive && !name.first) note_macro(pruner, name);
}

/* Macros may speak of what is declared, or of macros that are defined, later. True if any means more now. */
static bool follow_macros(struct pruner *pruner)
{
    bool any = false, news;
    do {
        news = false;
        for (size_t i = 0; i < pruner->macros.count; i++) {
            unsigned means = macro_meaning(pruner, &pruner->macros.items[i]);
            news |= means != 0 && learn(pruner, pruner->macros.items[i].name, means);
        }
        any |= news;
    } while (news);
    return any;
}

/* --- declarations ---------------------------------------------------------------------------------------------- */

/* What a piece of text from `piece` to `end` declares: outside parentheses a word before `;`, `,`, `=` and the like, in
 * them a function, by name or through a pointer. */
static void learn_names(struct pruner *pruner, size_t end, unsigned means)
{
    struct lexer lexer;
    struct token token, next, after;
    size_t parens = 0;
    lex_begin(&lexer, pruner->text->bytes, end);
    lexer.at = pruner->piece;
    for (token = lex_next(&lexer); token.kind != TOKEN_END; token = next) {
        next = lex_next(&lexer);
        parens += is_one_of(pruner, token, "(");
        parens -= is_one_of(pruner, token, ")") && parens > 0;
        if (token.kind != TOKEN_IDENTIFIER || token.directive) continue;
        struct lexer ahead = lexer;
        after = lex_next(&ahead);
        bool function = is_one_of(pruner, next, "(") || (is_one_of(pruner, next, ")") && is_one_of(pruner, after, "("));
        if (function || (parens == 0 && (next.kind == TOKEN_END || is_one_of(pruner, next, ";,=[:"))))
            learn(pruner, token, means);
    }
}

static void end_piece(struct pruner *pruner, struct token token)
{
    bool types = pruner->type_defined && pruner->depth == 0;
    unsigned means = pruner->typed ? MEANS_CODE | (types ? MEANS_TYPE : 0) : 0;
    if (pruner->closed != 0) means |= types ? pruner->closed : pruner->closed & MEANS_TYPE ? MEANS_CODE : 0;
    if (means != 0) learn_names(pruner, token.offset, means);
    pruner->typed = false;
    pruner->closed = 0;
    pruner->piece = token.offset + token.length;
}

static void end_statement(struct pruner *pruner)
{
    pruner->assigned = pruner->type_defined = pruner->tagged = pruner->function = false;
}

/* Steps over a body, its `{` just read. False if it has no end. */
static bool skip_body(struct pruner *pruner, size_t *ret_end)
{
    struct token token;
    for (size_t depth = 1; (token = lex_next(&pruner->lexer)).kind != TOKEN_END;) {
        if (token.directive) {
            read_directive(pruner, token);
            continue;
        }
        depth += is_one_of(pruner, token, "{");
        if (is_one_of(pruner, token, "}") && --depth == 0) {
            *ret_end = token.offset;
            pruner->before = token;
            pruner->piece = token.offset + 1;
            return true;
        }
    }
    return false;
}

static void open_brace(struct pruner *pruner, struct token brace)
{
    struct token before = pruner->before;
    bool head = pruner->function && !pruner->assigned && !pruner->type_defined &&
                (!pruner->tagged || is_one_of(pruner, before, ")"));
    bool old_style = is_one_of(pruner, before, ";");
    size_t end;
    end_piece(pruner, brace);
    if (pruner->depth == 0 && (head || old_style)) {
        end_statement(pruner);
        if (skip_body(pruner, &end) && head)
            *LIST_ADD(&pruner->bodies, pruner->text->arena) = (struct body){brace.offset + 1, end};
        return;
    }
    bool tag = before.kind == TOKEN_IDENTIFIER && !is_word(pruner, before, "struct") && !is_word(pruner, before, "union");
    if (pruner->depth < LEVELS) pruner->levels[pruner->depth] = (struct level){.tag = tag ? before : (struct token){0}};
    pruner->depth++;
}

static void close_brace(struct pruner *pruner, struct token brace)
{
    end_piece(pruner, brace);
    if (pruner->depth == 0 || --pruner->depth >= LEVELS) return;
    struct level level = pruner->levels[pruner->depth];
    if (!level.holds_lock) return;
    if (pruner->depth > 0) pruner->levels[pruner->depth - 1].holds_lock = true;
    pruner->closed = MEANS_RECORD | (level.members == 1 ? MEANS_TYPE | MEANS_CODE : 0);
    if (level.tag.length != 0) learn(pruner, level.tag, pruner->closed);
}

static void read_word(struct pruner *pruner, struct token token)
{
    unsigned means = meaning(pruner, token);
    if ((means & MEANS_TYPE) != 0) pruner->typed = true;
    bool object = pruner->parens == 0 && (meaning(pruner, pruner->before) & (MEANS_TYPE | MEANS_RECORD)) != 0;
    if (object && pruner->depth > 0 && pruner->depth <= LEVELS) pruner->levels[pruner->depth - 1].holds_lock = true;
    if (pruner->depth > 0 || pruner->parens > 0) return;
    if (is_word(pruner, token, "typedef")) pruner->type_defined = true;
    if (is_word(pruner, token, "struct") || is_word(pruner, token, "union") || is_word(pruner, token, "enum"))
        pruner->tagged = true;
}

static void read_punctuation(struct pruner *pruner, struct token token)
{
    struct token before = pruner->before;
    char c = pruner->text->bytes[token.offset];
    if (c == '(') {
        bool name = before.kind == TOKEN_IDENTIFIER && (meaning(pruner, before) & (MEANS_MACRO | MEANS_KEYWORD)) == 0;
        if (pruner->depth == 0 && pruner->parens == 0 && name) pruner->function = true;
        pruner->parens++;
    } else if (c == ')' && pruner->parens > 0) {
        pruner->parens--;
    } else if (pruner->parens > 0) {
        return;
    } else if (c == '{') {
        open_brace(pruner, token);
    } else if (c == '}') {
        close_brace(pruner, token);
    } else if (c == '=' && pruner->depth == 0) {
        pruner->assigned = true;
    } else if (c == ';') {
        end_piece(pruner, token);
        if (pruner->depth == 0) end_statement(pruner);
        else if (pruner->depth <= LEVELS) pruner->levels[pruner->depth - 1].members++;
    }
}

/* Learns words and finds bodies. */
static void read_text(struct pruner *pruner)
{
    struct token token;
    lex_begin(&pruner->lexer, pruner->text->bytes, pruner->text->size);
    pruner->before = (struct token){0};
    pruner->piece = pruner->parens = pruner->depth = 0;
    pruner->macros.count = pruner->bodies.count = 0;
    pruner->typed = false;
    pruner->closed = 0;
    end_statement(pruner);
    while ((token = lex_next(&pruner->lexer)).kind != TOKEN_END) {
        if (token.directive) {
            read_directive(pruner, token);
            continue;
        }
        bool body = token_is(&pruner->lexer, token, '{');
        if (token.kind == TOKEN_IDENTIFIER) read_word(pruner, token);
        else if (token.kind == TOKEN_PUNCTUATION && token.length == 1) read_punctuation(pruner, token);
        if (!body || pruner->before.offset < token.offset) pruner->before = token;
    }
}

/* --- bodies ---------------------------------------------------------------------------------------------------- */

static bool matters(const struct pruner *pruner, struct body body)
{
    struct lexer lexer;
    struct token token;
    unsigned before = 0;
    if (in_system_header(pruner, body.begin)) return false;
    lex_begin(&lexer, pruner->text->bytes, body.end);
    lexer.at = body.begin;
    while ((token = lex_next(&lexer)).kind != TOKEN_END) {
        if (token.directive) continue;
        unsigned means = meaning(pruner, token);
        if ((means & (MEANS_CODE | MEANS_TYPE)) != 0) return true;
        if (token.kind == TOKEN_IDENTIFIER && (before & MEANS_RECORD) != 0) return true;
        if (token.kind == TOKEN_IDENTIFIER && memchr(lexer.bytes + token.offset, '\\', token.length) != NULL) return true;
        before = means;
    }
    return false;
}

/* Blanks the tokens between directives; comments stay, since they are nothing to the parser either. */
static void blank(char *bytes, struct body body)
{
    struct lexer lexer;
    struct token token;
    lex_begin(&lexer, bytes, body.end);
    lexer.at = body.begin;
    while ((token = lex_next(&lexer)).kind != TOKEN_END)
        for (size_t i = 0; i < token.length && !token.directive; i++)
            if (bytes[token.offset + i] != '\n') bytes[token.offset + i] = ' ';
}

void text_prune(const struct text *text, struct pruned *ret_pruned)
{
    struct pruner pruner = {.text = text};
    begin(&pruner);
    for (int round = 0; round < ROUNDS; round++) {
        read_text(&pruner);
        if (!follow_macros(&pruner)) break;
    }
    char *bytes = arena_copy(text->arena, text->bytes, text->size);
    *ret_pruned = (struct pruned){.bytes = bytes};
    for (size_t i = 0; i < pruner.bodies.count; i++) {
        if (matters(&pruner, pruner.bodies.items[i])) continue;
        blank(bytes, pruner.bodies.items[i]);
        *LIST_ADD(&ret_pruned->blank, text->arena) = pruner.bodies.items[i];
    }
}

static bool is_blank(const struct pruned *pruned, size_t offset)
{
    size_t low = 0, high = pruned->blank.count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (pruned->blank.items[middle].begin <= offset) low = middle + 1;
        else high = middle;
    }
    return low > 0 && offset < pruned->blank.items[low - 1].end;
}

bool pruned_mentions(const struct text *text, const struct pruned *pruned, const char *name)
{
    size_t length = strlen(name);
    struct lexer lexer;
    struct token token;
    lex_begin(&lexer, text->bytes, text->size);
    while ((token = lex_next(&lexer)).kind != TOKEN_END) {
        bool same = token.kind == TOKEN_IDENTIFIER && token.length == length &&
                    memcmp(text->bytes + token.offset, name, length) == 0;
        if (same && (token.directive || is_blank(pruned, token.offset))) return true;
    }
    return false;
}

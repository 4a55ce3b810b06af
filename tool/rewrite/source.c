/* SPDX-License-Identifier: Apache-2.0 */
/*
 * See source.h. One pass over the tokens keeps the depth of brackets and the stack of conditionals. Branches of one
 * group that open different numbers of brackets are told apart the way people mean it: each begins at the depth of the
 * #if, and behind the #endif the first one counts.
 */
#include "source.h"

#include <string.h>

enum { MOST_NESTED = 128 };

struct group {
    size_t first_token;    /* the # of its #if */
    int before, branch;    /* around it; the present one */
    long depth, depth_end; /* at the #if; at the end of the first branch */
    bool several;
};

struct reader {
    struct arena *arena;
    struct source *source;
    struct numbering numbering;
    struct group groups[MOST_NESTED];
    size_t nested;
    long depth;
    int branch;
    bool boundary;      /* a declaration may begin here */
    bool include;       /* the last directive was an #include and nothing came since */
    bool behind;        /* and this is the first line behind it */
    size_t directive_at; /* token number of the directive's # */
    size_t end;         /* of the last token */
    int extern_c;       /* how much of `extern "C"` was just read */
    struct group closed; /* the last one outside all others … */
    size_t closed_row;   /* … the line of its #endif */
    bool at_end;         /* and nothing came since */
};

static bool spelled(const struct reader *reader, struct token token, const char *word)
{
    return token.length == strlen(word) && memcmp(reader->source->text.bytes + token.offset, word, token.length) == 0;
}

static int add_branch(struct reader *reader, int parent, int previous, size_t begin)
{
    *LIST_ADD(&reader->source->branches, reader->arena) = (struct branch){parent, previous, begin, begin};
    return (int)reader->source->branches.count - 1;
}

static void open_group(struct reader *reader, size_t begin)
{
    if (reader->nested < MOST_NESTED) {
        int branch = add_branch(reader, reader->branch, -1, begin);
        reader->groups[reader->nested] = (struct group){.first_token = reader->directive_at, .before = reader->branch,
                                                        .branch = branch, .depth = reader->depth, .depth_end = -1};
        reader->branch = branch;
    }
    reader->nested++;
}

static void next_branch(struct reader *reader, size_t begin)
{
    if (reader->nested == 0 || reader->nested > MOST_NESTED) return;
    struct group *group = &reader->groups[reader->nested - 1];
    if (!group->several) group->depth_end = reader->depth;
    group->several = true;
    reader->depth = group->depth;
    reader->branch = group->branch = add_branch(reader, group->before, group->branch, begin);
}

static void close_group(struct reader *reader, size_t row)
{
    if (reader->nested == 0 || reader->nested-- > MOST_NESTED) return;
    struct group *group = &reader->groups[reader->nested];
    if (group->several) reader->depth = group->depth_end;
    reader->branch = group->before;
    if (reader->nested != 0) return;
    reader->closed = *group;
    reader->closed_row = row;
    reader->at_end = true;
}

/* The word behind the #. */
static void read_directive(struct reader *reader, struct numbered word)
{
    size_t begin = reader->source->tokens.items[reader->directive_at].offset;
    struct token token = word.token;
    reader->include = spelled(reader, token, "include") || spelled(reader, token, "include_next") ||
                      spelled(reader, token, "import");
    reader->behind = reader->include;
    if (spelled(reader, token, "if") || spelled(reader, token, "ifdef") || spelled(reader, token, "ifndef"))
        open_group(reader, begin);
    else if (spelled(reader, token, "else") || spelled(reader, token, "elif") || spelled(reader, token, "elifdef") ||
             spelled(reader, token, "elifndef"))
        next_branch(reader, begin);
    else if (spelled(reader, token, "endif"))
        close_group(reader, word.row);
}

static void read_code(struct reader *reader, struct token token)
{
    char c = reader->source->text.bytes[token.offset];
    int extern_c = reader->extern_c;
    reader->extern_c = spelled(reader, token, "extern") ? 1 : extern_c == 1 && token.kind == TOKEN_STRING ? 2 : 0;
    reader->include = false;
    reader->boundary = false;
    if (token.kind != TOKEN_PUNCTUATION) return;
    bool linkage = c == '{' && extern_c == 2; /* of the C++ half of a header: its brace is not counted, nor its end */
    if ((c == '(' || c == '[' || c == '{') && !linkage) reader->depth++;
    if ((c == ')' || c == ']' || c == '}') && reader->depth > 0) reader->depth--;
    reader->boundary = linkage || c == ';' || c == '}';
}

/* The lines that begin between two tokens, outside comments. */
static void read_gap(struct reader *reader, size_t end)
{
    const struct text *text = &reader->source->text;
    size_t row = reader->numbering.physical, at = reader->end;
    while (row > 0 && text->lines.items[row] > at) row--;
    while (at < end) {
        const char *p = text->bytes + at;
        if (p[0] == '/' && p[1] == '*') {
            const char *close = memmem(p + 2, end - at - 2, "*/", 2);
            at = close == NULL ? end : (size_t)(close + 2 - text->bytes);
        } else if (p[0] == '/' && p[1] == '/') {
            const char *newline = memchr(p, '\n', end - at);
            while (newline != NULL && newline[-1] == '\\')
                newline = memchr(newline + 1, '\n', end - (size_t)(newline + 1 - text->bytes));
            at = newline == NULL ? end : (size_t)(newline - text->bytes);
        } else {
            bool line = *p == '\n' && (at == 0 || p[-1] != '\\');
            at++;
            if (!line || reader->depth != 0 || !(reader->boundary || reader->include)) continue;
            while (row + 1 < text->lines.count && text->lines.items[row + 1] <= at) row++;
            if (text->lines.items[row] == at)
                *LIST_ADD(&reader->source->gaps, reader->arena) =
                    (struct gap){at, row, reader->branch, reader->behind};
            reader->behind = false;
        }
    }
}

/* The line, or the blank one in front of it. */
static size_t line_or_blank(const struct source *source, size_t row)
{
    return source->text.lines.items[row > 0 && source_line_blank(source, row - 1) ? row - 1 : row];
}

static void find_body(struct reader *reader)
{
    struct source *source = reader->source;
    source->body_end = source->text.size;
    if (source->tokens.count != 0) source->start = line_or_blank(source, source->tokens.items[0].row);
    if (!reader->at_end || reader->closed.first_token != 0 || reader->closed.several) return;
    source->body = reader->closed.branch;
    source->body_end = source->text.lines.items[reader->closed_row];
    size_t at = 0, row = 0;
    for (int directives = 0; at < source->tokens.count; at++) { /* behind `#ifndef X` and `#define X` */
        if (at == 0 || source->tokens.items[at].row != row) directives++;
        row = source->tokens.items[at].row;
        if (directives > 2) break;
    }
    if (at < source->tokens.count) source->start = line_or_blank(source, row);
}

int source_load(struct arena *arena, const char *path, struct source *ret_source)
{
    int error = text_load(arena, path, &ret_source->text);
    if (error != 0) return error;
    struct reader reader = {.arena = arena, .source = ret_source, .boundary = true};
    add_branch(&reader, -1, -1, 0);
    numbering_begin(&reader.numbering, &ret_source->text);
    struct numbered next;
    size_t in_directive = 0;
    if (ret_source->text.size != 0) *LIST_ADD(&ret_source->gaps, arena) = (struct gap){0, 0, 0, false};
    do {
        next = numbering_next(&reader.numbering);
        struct token token = next.token;
        if (in_directive == 0 || !token.directive || token.first) read_gap(&reader, token.offset);
        if (token.kind == TOKEN_END) break;
        in_directive = !token.directive ? 0 : token.first ? 1 : in_directive + 1;
        if (in_directive <= 1) reader.at_end = false;
        if (in_directive == 1) {
            reader.directive_at = ret_source->tokens.count;
            reader.include = false;
        }
        *LIST_ADD(&ret_source->tokens, arena) =
            (struct source_token){token.offset, token.length, next.row, reader.branch};
        if (in_directive == 0) read_code(&reader, token);
        if (in_directive == 2) read_directive(&reader, next);
        struct branch *branch = &ret_source->branches.items[ret_source->branches.count - 1];
        if (in_directive >= 2 && branch->begin == ret_source->tokens.items[reader.directive_at].offset)
            branch->end = token.offset + token.length;
        reader.end = token.offset + token.length;
    } while (true);
    find_body(&reader);
    return 0;
}

const struct source_token *source_token_at(const struct source *source, size_t row, size_t index, const char *spelling,
                                           size_t length)
{
    size_t low = 0, high = source->tokens.count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (source->tokens.items[middle].row < row) low = middle + 1;
        else high = middle;
    }
    low += index;
    if (low >= source->tokens.count) return NULL;
    const struct source_token *token = &source->tokens.items[low];
    bool same = token->row == row && token->length == length &&
                memcmp(source->text.bytes + token->offset, spelling, length) == 0;
    return same ? token : NULL;
}

int source_branch_at(const struct source *source, size_t offset)
{
    size_t low = 0, high = source->tokens.count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (source->tokens.items[middle].offset < offset) low = middle + 1;
        else high = middle;
    }
    return low < source->tokens.count ? source->tokens.items[low].branch : 0;
}

bool source_encloses(const struct source *source, int outer, int inner)
{
    for (; inner >= 0; inner = source->branches.items[inner].parent)
        if (inner == outer) return true;
    return false;
}

const struct gap *source_gap_for(const struct source *source, size_t offset, size_t needs)
{
    int branch = source_branch_at(source, offset);
    size_t from = needs > source->start ? needs : source->start;
    for (size_t i = 0; i < source->gaps.count && source->gaps.items[i].offset <= offset; i++)
        if (source->gaps.items[i].after_include && source->gaps.items[i].offset > from)
            from = source->gaps.items[i].offset;
    const struct gap *last = NULL;
    for (size_t i = 0; i < source->gaps.count && source->gaps.items[i].offset <= offset; i++) {
        const struct gap *gap = &source->gaps.items[i];
        if (gap->offset < needs || !source_encloses(source, gap->branch, branch)) continue;
        if (gap->offset >= from) return gap;
        last = gap;
    }
    return last;
}

bool source_line_blank(const struct source *source, size_t row)
{
    const struct text *text = &source->text;
    if (row >= text->lines.count) return false;
    for (const char *p = text->bytes + text->lines.items[row]; *p != '\n'; p++)
        if (*p != ' ' && *p != '\t' && *p != '\r') return false;
    return true;
}

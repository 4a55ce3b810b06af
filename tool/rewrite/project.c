/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Merging units into a project.
 *
 * A site of a unit is a place in preprocessed text. Its line and number of token lead to the place in the original
 * file; where that does not say the same word, nothing is edited and the site is remarked upon. Two units that see one
 * place usually agree about the lock; where they do not (a header's macro on different structures under one line, say),
 * the place stays a site without a declaration, and the runtime goes by the lock's address.
 */
#include "project.h"

#include "instrument/functions.h"

#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

void project_remark(struct project *project, const char *file, unsigned line, const char *function, const char *reason)
{
    for (size_t i = 0; i < project->remarks.count; i++) {
        const struct remark *known = &project->remarks.items[i];
        if (known->line == line && strcmp(known->file, file) == 0 && strcmp(known->function, function) == 0) return;
    }
    *LIST_ADD(&project->remarks, project->arena) =
        (struct remark){arena_copy(project->arena, file, strlen(file)), line, function,
                        arena_copy(project->arena, reason, strlen(reason))};
}

const char *project_word(enum site_kind kind, int function)
{
    return kind <= SITE_DESCRIBED ? lock_functions[function].name
           : kind == SITE_MADE    ? "(a lock made by a call)"
                                  : "(a lock handed over)";
}

struct file *project_file(struct project *project, const char *name)
{
    char path[PATH_MAX];
    size_t root = strlen(project->root);
    if (realpath(name, path) == NULL || strncmp(path, project->root, root) != 0 || path[root] != '/') return NULL;
    for (size_t i = 0; i < project->files.count; i++)
        if (strcmp(project->files.items[i]->path, path) == 0) return project->files.items[i];
    struct file *file = arena_alloc(project->arena, sizeof *file);
    file->path = arena_copy(project->arena, path, strlen(path));
    file->relative = file->path + root + 1;
    if (source_load(project->arena, path, &file->source) != 0) return NULL;
    *LIST_ADD(&project->files, project->arena) = file;
    return file;
}

/* A place in a unit's text that is looked for in the originals. */
struct anchor {
    size_t offset; /* in the text: of a token, or behind one */
    bool end;
    struct place place;
    struct file *file; /* NULL: outside the project, or not found there */
    size_t found;
};

typedef LIST(struct anchor) anchor_list;

static int compare_anchors(const void *left, const void *right)
{
    const struct anchor *a = left, *b = right;
    if (a->offset != b->offset) return a->offset < b->offset ? -1 : 1;
    return b->end - a->end; /* where one token ends the next may begin */
}

/* Expanded text breaks a line where a macro of the system's came in: the next row goes on with it. */
struct line_count {
    struct place place;
    size_t row, before, last; /* tokens on earlier rows of the line; on this row so far */
};

static void count_token(const struct unit *unit, const struct numbered *next, struct line_count *count)
{
    if (next->row != count->row) {
        struct place place = text_place(&unit->text, unit->text.lines.items[next->row]);
        bool same = count->place.file != NULL && place.line == count->place.line &&
                    strcmp(place.file, count->place.file) == 0;
        count->before = same ? count->before + count->last : 0;
        count->place = place;
        count->row = next->row;
    }
    count->last = next->index + 1;
}

static void resolve(struct project *project, const struct unit *unit, struct token token,
                    const struct line_count *count, struct anchor *anchor)
{
    anchor->place = count->place;
    if (anchor->place.system || anchor->place.line == 0) return;
    struct file *file = project_file(project, anchor->place.file);
    if (file == NULL) return;
    const struct source_token *found = 
        source_token_at(&file->source, anchor->place.line - 1, count->before + count->last - 1,
                        unit->text.bytes + token.offset, token.length);
    if (found == NULL) return;
    anchor->file = file;
    anchor->found = found->offset + (anchor->end ? found->length : 0);
}

static bool is_marker(const struct text *text, struct numbered next)
{
    if (!next.token.directive) return false;
    const char *p = text->bytes + text->lines.items[next.row];
    p += strspn(p, " \t");
    if (*p++ != '#') return false;
    p += strspn(p, " \t");
    return *p >= '0' && *p <= '9';
}

/* One pass over the text finds them all. */
static void resolve_all(struct project *project, const struct unit *unit, anchor_list *anchors)
{
    struct numbering numbering;
    struct numbered next;
    size_t at = 0;
    qsort(anchors->items, anchors->count, sizeof *anchors->items, compare_anchors);
    struct line_count count = {.row = SIZE_MAX};
    numbering_begin(&numbering, &unit->text);
    while (at < anchors->count && (next = numbering_next(&numbering)).token.kind != TOKEN_END) {
        if (is_marker(&unit->text, next)) continue;
        count_token(unit, &next, &count);
        size_t begin = next.token.offset, end = begin + next.token.length;
        for (; at < anchors->count && anchors->items[at].offset <= end; at++) {
            struct anchor *anchor = &anchors->items[at];
            if (anchor->offset == (anchor->end ? end : begin)) resolve(project, unit, next.token, &count, anchor);
            else if (anchor->offset >= end) break; /* the next token begins where this one ends */
        }
    }
}

static const struct anchor *anchor_of(const anchor_list *anchors, size_t offset, bool end)
{
    struct anchor key = {.offset = offset, .end = end};
    return bsearch(&key, anchors->items, anchors->count, sizeof key, compare_anchors);
}

static int intern_lock(struct project *project, struct file *file, const struct lock *lock)
{
    for (size_t i = 0; i < file->locks.count; i++)
        if (strcmp(file->locks.items[i].key, lock->key) == 0) return (int)i;
    struct lock copy = {.variable = arena_copy(project->arena, lock->variable, strlen(lock->variable)),
                        .declaration = arena_copy(project->arena, lock->declaration, strlen(lock->declaration)),
                        .key = arena_copy(project->arena, lock->key, strlen(lock->key))};
    *LIST_ADD(&file->locks, project->arena) = copy;
    return (int)file->locks.count - 1;
}

static struct named copy_named(struct project *project, struct file *file, const struct unit *unit,
                               const struct named *named)
{
    struct named copy = *named;
    if (named->lock >= 0) copy.lock = intern_lock(project, file, &unit->locks.items[named->lock]);
    copy.variable = arena_copy(project->arena, named->variable, strlen(named->variable));
    return copy;
}

static struct point *point_at(struct project *project, const struct site *site, const struct anchor *begin,
                              const struct anchor *end)
{
    struct file *file = begin->file;
    for (size_t i = 0; i < file->points.count; i++) {
        struct point *known = file->points.items[i];
        if (known->offset == begin->found && known->kind == site->kind) return known;
    }
    struct point *point = arena_alloc(project->arena, sizeof *point);
    *point = (struct point){.file = file, .offset = begin->found, .end = end->found, .line = begin->place.line,
                            .kind = site->kind, .function = site->function, .macro = site->macro};
    *LIST_ADD(&file->points, project->arena) = point;
    return point;
}

/*
 * Where in `file` the text at `needs` has been read: behind the include that brings it in, behind the line it is on, or
 * 0 if that was before the file began.
 */
static size_t needs_in(const struct unit *unit, const struct file *file, const char *name, size_t needs)
{
    if (needs == 0 || needs >= unit->text.size) return 0;
    unsigned line = 0;
    bool begun = false;
    struct place place = text_place(&unit->text, needs);
    if (strcmp(place.file, name) == 0) line = place.line + 1;
    for (size_t i = 0; i < unit->text.markers.count && line == 0; i++) {
        const struct marker *marker = &unit->text.markers.items[i];
        bool here = strcmp(marker->file, name) == 0;
        if (marker->next <= needs) begun |= here;
        else if (!begun) return 0;
        else if (here) line = marker->line;
    }
    if (line == 0 || line > file->source.text.lines.count) return 0;
    return file->source.text.lines.items[line - 1];
}

static void add_use(struct project *project, const struct unit *unit, const struct site *site, struct point *point,
                    const struct anchor *begin, const struct macro_use *string)
{
    struct use use = {.point = point, .file = begin->file, .offset = begin->found, .line = site->place.line,
                      .first_line = begin->place.line, .last_line = begin->place.line, .shared = site->shared,
                      .referred = site->referred};
    unsigned last = text_place(&unit->text, string != NULL ? string->end : site->end).line;
    if (string != NULL) use.first_line = text_place(&unit->text, string->begin).line;
    if ((site->macro || string != NULL) && last > use.first_line && last - use.first_line < 1000) use.last_line = last;
    use.named = copy_named(project, use.file, unit, &site->named);
    use.enclosing = arena_copy(project->arena, site->enclosing, strlen(site->enclosing));
    if (site->kind <= SITE_DESCRIBED) use.needs = needs_in(unit, use.file, begin->place.file, site->needs);
    for (size_t i = 0; i < point->uses.count; i++) {
        struct use *known = point->uses.items[i];
        if (known->file != use.file || known->last_line < use.first_line || use.last_line < known->first_line)
            continue;
        if (known->named.lock != use.named.lock) {
            known->named = (struct named){.lock = -1, .variable = "", .pointer = true};
            project_remark(project, use.file->relative, use.line, project_word(point->kind, point->function),
                           "several locks share this site: it goes by their addresses");
        }
        if (use.needs > known->needs) known->needs = use.needs;
        if (use.last_line > known->last_line) known->last_line = use.last_line;
        known->shared |= use.shared;
        known->referred |= use.referred;
        return;
    }
    struct use *kept = arena_alloc(project->arena, sizeof *kept);
    *kept = use;
    *LIST_ADD(&point->uses, project->arena) = kept;
    *LIST_ADD(&use.file->uses, project->arena) = kept;
}

/* The macro use that makes a string of the site's text, or NULL. */
static const struct macro_use *string_around(const struct unit *unit, const struct site *site)
{
    for (size_t i = 0; i < unit->strings.count; i++) {
        const struct macro_use *use = &unit->strings.items[i];
        if (use->begin <= site->begin && site->begin < use->end) return use;
    }
    return NULL;
}

/* Does the macro used at `offset` itself put `#` before a parameter? Then the string is the argument as spelled. */
static bool strings_directly(const struct text *text, size_t offset)
{
    struct lexer lexer;
    struct token token;
    bool found = false, define = false, this = false;
    size_t in_directive = 0;
    lex_begin(&lexer, text->bytes, text->size);
    lexer.at = offset;
    size_t length = lex_next(&lexer).length;
    lex_begin(&lexer, text->bytes, offset);
    while ((token = lex_next(&lexer)).kind != TOKEN_END) {
        const char *bytes = text->bytes + token.offset;
        in_directive = !token.directive ? 0 : token.first ? 1 : in_directive + 1;
        if (in_directive == 2) define = token.length == 6 && memcmp(bytes, "define", 6) == 0;
        if (in_directive == 3) {
            this = define && token.length == length && memcmp(bytes, text->bytes + offset, length) == 0;
            if (this) found = false; /* the last definition counts */
        }
        if (in_directive > 3 && this && token_is(&lexer, token, '#') && bytes[1] != '#' && bytes[-1] != '#')
            found = true;
    }
    return found;
}

/* A call that is also made a string: the text must stay, or the string would change. */
static void keep_text(const struct unit *unit, const struct site *site, const struct macro_use *string,
                      struct point *point)
{
    if (site->kind == SITE_CALL && !site->macro && !unit->scan.redefined[site->function] &&
        strings_directly(&unit->text, string->begin))
        point->kept = true;
    else
        point->refused = "the preprocessor makes a string of it";
}

/* Is there a site already for such a call on this line? */
static bool is_known(const struct file *file, const struct site *site)
{
    for (size_t i = 0; file != NULL && i < file->uses.count; i++) {
        const struct use *use = file->uses.items[i];
        if (use->point->kind == site->kind && use->point->function == site->function &&
            use->first_line <= site->place.line && site->place.line <= use->last_line)
            return true;
    }
    return false;
}

/* False if it is not where the text says, and the expanded text may know better. */
static bool add_site(struct project *project, const struct unit *unit, const struct site *site,
                     const anchor_list *anchors)
{
    const struct anchor *spelled = anchor_of(anchors, site->spelled, false);
    const struct anchor *end = anchor_of(anchors, site->spelled_end, true);
    const struct anchor *begin = anchor_of(anchors, site->begin, false);
    const char *trouble = NULL;
    if (site->kind == SITE_DESCRIBED) trouble = "described in .mutray: only `mutray cc` measures it";
    else if (spelled->file == NULL || end->file != spelled->file || begin->file == NULL)
        trouble = project_file(project, site->place.file) == NULL
                      ? "not in a file below the project's root"
                      : "what the preprocessor makes here is not written in any file";
    if (trouble == NULL) {
        struct point *point = point_at(project, site, spelled, end);
        const struct macro_use *string = string_around(unit, site);
        if (string != NULL) keep_text(unit, site, string, point);
        if (site->kind == SITE_CALL && !site->macro && unit->scan.redefined[site->function])
            point->refused = "the program makes a macro of its name";
        add_use(project, unit, site, point, begin, string);
        return true;
    }
    if (!unit->expanded && site->kind != SITE_DESCRIBED) return false;
    struct file *file = project_file(project, site->place.file);
    project_remark(project, file == NULL ? site->place.file : file->relative, site->place.line,
                   project_word(site->kind, site->function), trouble);
    return true;
}

/* The address can be written wherever the definition is compiled: no member on the way depends on a condition. */
static bool address_stands(struct project *project, const struct creation *creation)
{
    for (size_t i = 0; i < creation->member_count; i++) {
        const struct place *place = &creation->members[i];
        if (place->system) continue;
        struct file *file = project_file(project, place->file);
        if (file == NULL || place->line == 0 || place->line > file->source.text.lines.count) continue;
        int branch = source_branch_at(&file->source, file->source.text.lines.items[place->line - 1]);
        if (branch != 0 && branch != file->source.body) return false;
    }
    return true;
}

/* Is the variable's name written in the file, not put together from a macro's parameters? */
static bool is_spelled(const struct file *file, const char *address)
{
    size_t length = strcspn(address, ".[ ");
    for (size_t i = 0; i < file->source.tokens.count; i++) {
        const struct source_token *token = &file->source.tokens.items[i];
        const char *bytes = file->source.text.bytes + token->offset;
        if (token->length == length && memcmp(bytes, address, length) == 0) return true;
    }
    return false;
}

/* Does the unit make a macro of a word in the address? */
static bool is_hidden(const struct unit *unit, const char *address)
{
    struct lexer words, lexer;
    struct token word, token, before = {0};
    lex_begin(&words, address, strlen(address));
    while ((word = lex_next(&words)).kind != TOKEN_END) {
        if (word.kind != TOKEN_IDENTIFIER) continue;
        lex_begin(&lexer, unit->text.bytes, unit->text.size);
        while ((token = lex_next(&lexer)).kind != TOKEN_END) {
            if (token.directive && token.length == word.length && before.length == 6 &&
                memcmp(unit->text.bytes + before.offset, "define", 6) == 0 &&
                memcmp(unit->text.bytes + token.offset, address + word.offset, word.length) == 0)
                return true;
            before = token;
        }
    }
    return false;
}

static void add_creation(struct project *project, const struct unit *unit, const struct creation *creation)
{
    struct file *file = creation->place.system ? NULL : project_file(project, creation->place.file);
    if (file == NULL || creation->place.line == 0 || creation->place.line > file->source.text.lines.count) return;
    struct made made = {.creation = *creation};
    if (creation->address != NULL)
        made.address = arena_copy(project->arena, creation->address, strlen(creation->address));
    made.creation.lock = intern_lock(project, file, &unit->locks.items[creation->lock]);
    bool stands = creation->address != NULL && address_stands(project, creation) && is_spelled(file, creation->address);
    made.hidden = stands && is_hidden(unit, creation->address);
    made.creation.address = made.creation.size = made.creation.stride = NULL;
    if (stands) {
        made.creation.address = made.address;
        made.creation.size = arena_copy(project->arena, creation->size, strlen(creation->size));
        made.creation.stride = arena_copy(project->arena, creation->stride, strlen(creation->stride));
    }
    made.branch = source_branch_at(&file->source, file->source.text.lines.items[creation->place.line - 1]);
    for (size_t i = 0; i < file->creations.count; i++) {
        struct made *known = &file->creations.items[i];
        if (known->creation.lock != made.creation.lock || known->creation.place.line != made.creation.place.line ||
            strcmp(known->address == NULL ? "" : known->address, made.address == NULL ? "" : made.address) != 0)
            continue;
        if (!stands) known->creation.address = NULL;
        known->hidden |= made.hidden;
        return;
    }
    *LIST_ADD(&file->creations, project->arena) = made;
}

bool project_add(struct project *project, const struct unit *unit)
{
    anchor_list anchors = {0};
    bool complete = true;
    for (size_t i = 0; i < unit->sites.count; i++) {
        const struct site *site = &unit->sites.items[i];
        *LIST_ADD(&anchors, unit->arena) = (struct anchor){.offset = site->spelled};
        *LIST_ADD(&anchors, unit->arena) = (struct anchor){.offset = site->spelled_end, .end = true};
        *LIST_ADD(&anchors, unit->arena) = (struct anchor){.offset = site->begin};
    }
    resolve_all(project, unit, &anchors);
    for (size_t i = 0; i < unit->sites.count; i++) {
        const struct site *site = &unit->sites.items[i];
        if (!unit->expanded || !is_known(project_file(project, site->place.file), site))
            complete &= add_site(project, unit, site, &anchors);
    }
    for (size_t i = 0; i < unit->creations.count; i++) add_creation(project, unit, &unit->creations.items[i]);
    for (size_t i = 0; i < unit->skips.count; i++) {
        const struct skip *skip = &unit->skips.items[i];
        struct file *file = project_file(project, skip->place.file);
        project_remark(project, file == NULL ? skip->place.file : file->relative, skip->place.line,
                       skip->name, skip->reason);
    }
    return complete;
}

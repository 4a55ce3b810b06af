/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Can each site be written exactly where its name is spelled?
 *
 * A name in the text can. A name in a macro's body becomes one that the line of the expansion completes, which is exact
 * as long as no line holds two expansions that differ. And the plain function must still be called by its name, which it
 * is not once the program has made a macro of that name. And the text must still be the program: gcc's -fdirectives-only
 * carries out `#pragma pop_macro` but does not write down the definition that comes back, overlooks `%:include`, and
 * loses pragmas whose words are macro-expanded (`message`, `redefine_extname`, OpenMP's and OpenACC's), and their lines.
 * Where the answer is no, fully expanded text has no macros and the answer is yes.
 */
#include "lex.h"
#include "unit.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct line_use {
    size_t spelled;
    unsigned line;
};

static int compare_uses(const void *left, const void *right)
{
    const struct line_use *a = left, *b = right;
    if (a->spelled != b->spelled) return a->spelled < b->spelled ? -1 : 1;
    return a->line < b->line ? -1 : a->line > b->line;
}

/* Does the file have a pragma that gcc's text with macros loses, with its line? */
static bool has_lost_pragma(const struct text *source)
{
    static const char *const lost[] = {"pop_macro", "redefine_extname", "message", "omp", "acc"};
    struct lexer lexer;
    struct token token, before = {0};
    if (memmem(source->bytes, source->size, "pragma", 6) == NULL) return false;
    lex_begin(&lexer, source->bytes, source->size);
    for (; (token = lex_next(&lexer)).kind != TOKEN_END; before = token) {
        if (!token.directive || before.length != 6 || memcmp(source->bytes + before.offset, "pragma", 6) != 0) continue;
        for (size_t i = 0; i < sizeof lost / sizeof lost[0]; i++)
            if (strlen(lost[i]) == token.length && memcmp(source->bytes + token.offset, lost[i], token.length) == 0)
                return true;
    }
    return false;
}

/* What was lost does not show in the text, so the program's own files are asked. */
static bool loses_pragmas(const struct unit *unit)
{
    LIST(const char *) seen = {0};
    for (size_t i = 0; i < unit->text.markers.count; i++) {
        const struct marker *marker = &unit->text.markers.items[i];
        struct text source;
        bool known = marker->system;
        for (size_t j = 0; j < seen.count && !known; j++) known = strcmp(seen.items[j], marker->file) == 0;
        if (known) continue;
        *LIST_ADD(&seen, unit->arena) = marker->file;
        if (text_load(unit->arena, marker->file, &source) == 0 && has_lost_pragma(&source)) return true;
    }
    return false;
}

enum outcome unit_check_text(struct unit *unit, const char **ret_reason)
{
    if (unit->expanded) return OUTCOME_EDITED;
    if (unit->scan.digraph) *ret_reason = "directives spelled with %:";
    else if (loses_pragmas(unit)) *ret_reason = "a #pragma that is lost in preprocessing";
    else return OUTCOME_EDITED;
    return OUTCOME_NEEDS_EXPANDED;
}

enum outcome unit_check(struct unit *unit, const char **ret_reason)
{
    LIST(struct line_use) uses = {0};
    if (unit->ambiguous) {
        *ret_reason = "several locks in one use of a macro";
        return OUTCOME_NEEDS_EXPANDED;
    }
    for (size_t i = 0; i < unit->sites.count; i++) {
        const struct site *site = &unit->sites.items[i];
        if (site->kind == SITE_CALL && unit->scan.redefined[site->function]) {
            *ret_reason = "the program makes a macro of a lock function's name";
            return OUTCOME_NEEDS_EXPANDED;
        }
        if (site->needs != SIZE_MAX && scan_boundary_before(&unit->scan, site->declaration) < site->needs) {
            *ret_reason = "no place for declarations in front of the first lock call";
            return OUTCOME_NEEDS_EXPANDED;
        }
        if (!site->macro) continue;
        unsigned last = text_place(&unit->text, site->end).line;
        for (unsigned line = text_place(&unit->text, site->begin).line; line <= last; line++)
            *LIST_ADD(&uses, unit->arena) = (struct line_use){site->spelled, line};
    }
    if (uses.count == 0) return OUTCOME_EDITED;
    qsort(uses.items, uses.count, sizeof uses.items[0], compare_uses);
    for (size_t i = 1; i < uses.count; i++) {
        const struct line_use *a = &uses.items[i - 1], *b = &uses.items[i];
        if (a->spelled != b->spelled || a->line != b->line) continue;
        *ret_reason = "two lock calls of one macro on one line";
        return OUTCOME_NEEDS_EXPANDED;
    }
    return OUTCOME_EDITED;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Can each site be written exactly where its name is spelled?
 *
 * A name in the text can. A name in a macro's body becomes one that the line of the expansion completes, which is exact
 * as long as no line holds two expansions that differ. And the plain function must still be called by its name, which it
 * is not once the program has made a macro of that name. And the text must still be the program: gcc's -fdirectives-only
 * carries out `#pragma pop_macro` but does not write down the definition that comes back, and overlooks `%:include`.
 * Where the answer is no, fully expanded text has no macros and the answer is yes.
 */
#include "unit.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct line_use {
    size_t spelled;
    unsigned line;
    size_t site;
};

static int compare_uses(const void *left, const void *right)
{
    const struct line_use *a = left, *b = right;
    if (a->spelled != b->spelled) return a->spelled < b->spelled ? -1 : 1;
    return a->line < b->line ? -1 : a->line > b->line;
}

/* Was a macro popped? The preprocessor leaves blanks of a pragma it carries out; what it said stands in the source. */
static bool pops_macro(const struct unit *unit)
{
    static const char pragma[] = "#pragma", pop[] = "pop_macro";
    const struct text *text = &unit->text;
    const char *seen = "";
    for (size_t i = 0; i < text->lines.count; i++) {
        const char *line = text->bytes + text->lines.items[i];
        size_t blanks = strspn(line, " ");
        if (blanks < sizeof pragma - 1 || line[blanks] != '\n') continue;
        const char *file = text_place(text, text->lines.items[i]).file;
        struct text source;
        if (strcmp(file, seen) == 0 || text_load(unit->arena, file, &source) != 0) continue;
        if (memmem(source.bytes, source.size, pop, sizeof pop - 1) != NULL) return true;
        seen = file;
    }
    return false;
}

enum outcome unit_check(struct unit *unit, const char **ret_reason)
{
    LIST(struct line_use) uses = {0};
    if (!unit->expanded && (unit->scan.digraph || pops_macro(unit))) {
        *ret_reason = unit->scan.digraph ? "directives spelled with %:" : "#pragma pop_macro, lost in preprocessing";
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
            *LIST_ADD(&uses, unit->arena) = (struct line_use){site->spelled, line, i};
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

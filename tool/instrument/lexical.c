/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lock calls that the text has and libclang's tree has not.
 *
 * libclang recovers from what it cannot read by leaving it out: the body of a GNU nested function, an expression with a
 * decimal constant. The scan saw the names there. A name before `(` in a function's text, which no cursor explains, can
 * only be a call, so it becomes a site all the same, with its argument's last word as the lock's name and no more; its
 * address will tell the rest. What cannot be a site is reported: a call outside all functions, and in code a macro that
 * leads to a lock function, whose use has no site.
 */
#include "lexical.h"

#include "functions.h"
#include "lex.h"

#include <string.h>

static struct lexer lexer_at(const struct text *text, size_t begin, size_t end)
{
    struct lexer lexer;
    lex_begin(&lexer, text->bytes, end);
    lexer.at = begin;
    lexer.line_start = false;
    return lexer;
}

/* The last identifier between two offsets that is not within `[…]`: "lock" of `&p->table[i].lock`. */
static const char *last_word(const struct text *text, size_t begin, size_t end)
{
    const char *word = "";
    struct lexer lexer = lexer_at(text, begin, end);
    struct token token;
    int brackets = 0;
    while ((token = lex_next(&lexer)).kind != TOKEN_END) {
        brackets += token_is(&lexer, token, '[') - token_is(&lexer, token, ']');
        if (token.kind == TOKEN_IDENTIFIER && brackets == 0)
            word = arena_copy(text->arena, text->bytes + token.offset, token.length);
    }
    return word;
}

static bool is_lost(const struct spelling *spelling)
{
    return spelling->call && !spelling->taken && !spelling->member && !spelling->system;
}

void note_lost_calls(struct unit *unit, size_t begin, size_t end, const struct site *around, const char **verdicts)
{
    for (size_t i = 0; i < unit->scan.spellings.count; i++) {
        struct spelling *spelling = &unit->scan.spellings.items[i];
        const struct lock_function *function = &lock_functions[spelling->function];
        if (spelling->offset < begin || spelling->offset >= end || spelling->directive || !is_lost(spelling)) continue;
        if (function->described || unit->declared[spelling->function] == 0 || verdicts[spelling->function] != NULL)
            continue;
        struct site site = *around;
        site.function = spelling->function;
        site.place = text_place(&unit->text, spelling->offset);
        site.spelled = site.begin = spelling->offset;
        site.spelled_end = site.end = spelling->offset + strlen(function->name);
        site.needs = unit->declared[spelling->function];
        size_t word, word_end;
        if (!scan_argument(&unit->text, site.spelled, (unsigned)function->lock, function->parameter_count, &word, &word_end))
            continue;
        site.named.variable = last_word(&unit->text, word, word_end);
        spelling->taken = unit->lost = true;
        *LIST_ADD(&unit->sites, unit->arena) = site;
    }
}

/* Does the use of a macro between these offsets belong to a site? Sites in macros do not overlap, and are in order. */
static bool has_site(const struct unit *unit, size_t offset)
{
    size_t low = 0, high = unit->sites.count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (unit->sites.items[middle].begin <= offset) low = middle + 1;
        else high = middle;
    }
    while (low > 0 && !unit->sites.items[low - 1].macro) low--;
    return low > 0 && offset < unit->sites.items[low - 1].end;
}

/* Uses without a site, of macros that lead to lock functions (`calls`) or to locks that are handed on. */
static void find_plain_uses(struct unit *unit, bool calls)
{
    LIST(size_t) offsets = {0};
    macro_use_list uses = {0};
    for (size_t i = 0; i < unit->sites.count; i++) {
        const struct site *site = &unit->sites.items[i];
        if (site->macro && (site->kind <= SITE_DESCRIBED) == calls) *LIST_ADD(&offsets, unit->arena) = site->spelled;
    }
    for (size_t i = 0; i < unit->scan.spellings.count && calls; i++) {
        const struct spelling *spelling = &unit->scan.spellings.items[i];
        if (spelling->directive && is_lost(spelling)) *LIST_ADD(&offsets, unit->arena) = spelling->offset;
    }
    scan_macro_uses(&unit->text, offsets.items, offsets.count, &uses);
    for (size_t i = 0; i < uses.count; i++)
        if (!has_site(unit, uses.items[i].begin)) *LIST_ADD(&unit->plain_uses, unit->arena) = uses.items[i];
}

static void report(struct unit *unit, size_t offset, const char *name)
{
    struct place place = text_place(&unit->text, offset);
    if (place.system) return;
    unit_skip(unit, place, name, "not understood by libclang here");
}

void report_lost_calls(struct unit *unit)
{
    for (size_t i = 0; i < unit->scan.spellings.count; i++) {
        const struct spelling *spelling = &unit->scan.spellings.items[i];
        if (!spelling->directive && is_lost(spelling))
            report(unit, spelling->offset, lock_functions[spelling->function].name);
    }
    if (unit->expanded) return;
    find_plain_uses(unit, true);
    size_t calls = unit->plain_uses.count;
    find_plain_uses(unit, false);
    for (size_t i = 0; i < calls; i++) {
        struct lexer lexer = lexer_at(&unit->text, unit->plain_uses.items[i].begin, unit->text.size);
        struct token name = lex_next(&lexer);
        report(unit, name.offset, arena_copy(unit->arena, unit->text.bytes + name.offset, name.length));
    }
}

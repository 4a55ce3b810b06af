/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any text as preprocessed C, as far as it goes without libclang: tokens, linemarkers, lock functions, what is left out
 * for the parser. Tokens must be in order and inside; positions must lead to lines; what is pruned must keep its shape.
 */
#include "functions.h"
#include "lex.h"
#include "prune.h"
#include "relevance.h"
#include "scan.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void demand(bool holds)
{
    if (!holds) abort();
}

static void check_tokens(const struct text *text)
{
    struct lexer lexer;
    struct token token;
    size_t end = 0;
    lex_begin(&lexer, text->bytes, text->size);
    while ((token = lex_next(&lexer)).kind != TOKEN_END) {
        demand(token.offset >= end && token.length > 0);
        end = token.offset + token.length;
        demand(end <= text->size);
        demand(text_place(text, token.offset).file != NULL);
    }
}

static void check_scan(const struct text *text, struct scan *scan)
{
    LIST(size_t) offsets = {0};
    macro_use_list uses = {0};
    for (size_t i = 0; i < scan->spellings.count; i++) {
        const struct spelling *spelling = &scan->spellings.items[i];
        const char *name = lock_functions[spelling->function].name;
        size_t begin = 0, end = 0;
        demand(strncmp(text->bytes + spelling->offset, name, strlen(name)) == 0);
        demand(scan_spelling_at(scan, spelling->offset) == spelling);
        demand(scan_boundary_before(scan, spelling->offset) <= spelling->offset);
        demand(scan_invocation_end(text, spelling->offset) <= text->size);
        if (scan_argument(text, spelling->offset, 0, 1, &begin, &end))
            demand(spelling->offset < begin && begin < end && end <= text->size);
        if (spelling->directive) *LIST_ADD(&offsets, text->arena) = spelling->offset;
    }
    for (size_t i = 1; i < scan->boundaries.count; i++)
        demand(scan->boundaries.items[i - 1] < scan->boundaries.items[i]);
    scan_macro_uses(text, offsets.items, offsets.count, &uses);
    for (size_t i = 0; i < uses.count; i++)
        demand(uses.items[i].begin < uses.items[i].end && uses.items[i].end <= text->size);
}

static void check_pruned(const struct text *text)
{
    struct pruned pruned;
    text_prune(text, &pruned);
    demand(strlen(pruned.bytes) <= text->size && pruned.bytes[text->size] == '\0');
    for (size_t i = 0; i < text->size; i++)
        demand(pruned.bytes[i] == text->bytes[i] || (pruned.bytes[i] == ' ' && text->bytes[i] != '\n'));
    pruned_mentions(text, &pruned, "pthread_mutex_lock");
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct arena arena = {0};
    struct text text;
    struct scan scan;
    struct relevance relevance;
    text_wrap(&arena, arena_copy(&arena, (const char *)bytes, size), size, &text);
    check_tokens(&text);
    scan_text(&text, &scan);
    check_scan(&text, &scan);
    text_relevance(&text, &relevance);
    demand(!relevance.concerned || relevance.offset < size);
    check_pruned(&text);
    arena_free(&arena);
    return 0;
}

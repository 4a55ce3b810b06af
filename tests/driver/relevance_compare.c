/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Holds the look at a unit's files (sources.h) against the preprocessor's text. Stands where mutray-stage stands:
 *
 *   gcc -wrapper relevance_compare,LOG …
 *
 * and writes a line to LOG for each unit: `FILES TEXT SOURCE REASON`, 1 where it may have to do with locks and 0 where
 * not. Then it becomes the command.
 */
#include "instrument/relevance.h"
#include "process.h"
#include "sources.h"

#include <stdio.h>
#include <string.h>

static bool is_concerned(const struct unit *unit, struct arena *arena)
{
    struct words argv = {0};
    struct bytes bytes = {0};
    struct text text;
    struct relevance relevance;
    int status;
    unit->compiler->preprocess(unit, TEXT_DIRECTIVES, NULL, &argv);
    struct process_setup setup = {.capture = &bytes, .errors = "/dev/null"};
    if (process_run(argv.at, &setup, &status) != 0 || !process_succeeded(status)) return false;
    text_wrap(arena, bytes.at, bytes.size, &text);
    text_relevance(&text, &relevance);
    return relevance.concerned;
}

int main(int argc, char **argv)
{
    struct unit unit;
    struct arena arena = {0};
    if (argc < 3) return 2;
    if (strcmp(base_name(argv[2]), "cc1") == 0 && gcc_unit_read(argv + 2, &unit) == NULL && !unit.preprocessed) {
        const char *reason = NULL;
        bool plain = sources_without_locks(&unit, &arena, &reason);
        FILE *log = fopen(argv[1], "a");
        if (log == NULL) return 2;
        fprintf(log, "%d %d %s %s\n", !plain, is_concerned(&unit, &arena), unit.input, reason == NULL ? "" : reason);
        fclose(log);
    }
    arena_free(&arena);
    process_become_or_die(argv + 2);
}

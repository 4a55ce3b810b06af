/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One unit: its own compiler preprocesses it, the engine finds its lock calls, the project remembers them.
 *
 * The text has its includes in but its macros still unexpanded, which GCC writes with -fdirectives-only, and clang from
 * 16 on too. For an older clang, GCC does it, with those of the command's options that matter to a preprocessor.
 */
#include "analyse.h"

#include "driver/process.h"
#include "instrument/functions.h"
#include "instrument/relevance.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool run(const struct words *words, struct bytes *ret_text)
{
    struct process_setup setup = {.capture = ret_text, .errors = "/dev/null"};
    int status;
    *ret_text = (struct bytes){0};
    return process_run(words->at, &setup, &status) == 0 && process_succeeded(status) && ret_text->at != NULL;
}

/* The same unit for GCC, for a clang that cannot. */
static void plain_words(const struct command *command, const char *const *options, struct words *ret_words)
{
    static const char *const kept[] = {"-I", "-D", "-U", "-i", "-std=", "-ansi", "-m", "-pthread", "-O", "-f",
                                       "-nostdinc", "--sysroot", "-x"};
    static const char *const with_next[] = {"-I", "-D", "-U", "-include", "-imacros", "-isystem", "-iquote",
                                            "-idirafter", "-isysroot", "--sysroot", "-x"};
    *ret_words = (struct words){0};
    words_add(ret_words, "gcc");
    for (size_t i = 1; i < command->words.count; i++) {
        const char *word = command->words.at[i];
        bool keep = strcmp(word, command->file) == 0, two = false;
        for (size_t k = 0; k < sizeof kept / sizeof *kept; k++) keep |= starts_with(word, kept[k]);
        for (size_t k = 0; k < sizeof with_next / sizeof *with_next; k++) two |= strcmp(word, with_next[k]) == 0;
        if (starts_with(word, "-f") && strcmp(word, "-fopenmp") != 0) keep = false;
        if (keep) words_add(ret_words, word);
        if (keep && two && i + 1 < command->words.count) words_add(ret_words, command->words.at[++i]);
    }
    for (; *options != NULL; options++) words_add(ret_words, *options);
}

/* With -fopenmp, GCC's -fdirectives-only swallows the lines of OpenMP's pragmas. */
static void keep_pragmas(struct words *words)
{
    for (size_t i = 0; i < words->count; i++)
        if (strcmp(words->at[i], "-fopenmp") == 0) words->at[i] = (char *)"-D_OPENMP=201511";
}

/* A file read for its macros only could not declare anything. */
static void refuse_imacros(struct project *project, const struct command *command)
{
    for (size_t i = 0; i + 1 < command->words.count; i++) {
        if (strcmp(command->words.at[i], "-imacros") != 0) continue;
        struct file *file = project_file(project, command->words.at[i + 1]);
        if (file != NULL) file->refused = "its file is read with -imacros, for macros only";
    }
}

static bool preprocess(const struct command *command, bool expanded, struct bytes *ret_text)
{
    static const char *const options[] = {"-E", "-w", NULL};
    static const char *const directives[] = {"-E", "-fdirectives-only", "-w", NULL};
    struct words words;
    command_preprocess(command, expanded ? options : directives, &words);
    keep_pragmas(&words);
    if (run(&words, ret_text)) return true;
    plain_words(command, expanded ? options : directives, &words);
    return run(&words, ret_text);
}

/* A `.mutray` counts for all sources in its folder; what it describes is known for good. */
static int configure(struct project *project, struct unit *unit, const char **ret_reason)
{
    static LIST(struct {
        const char *folder;
        struct config config;
    }) known;
    const char *slash = strrchr(unit->source, '/');
    const char *folder = slash == NULL ? "." : arena_copy(project->arena, unit->source, (size_t)(slash - unit->source));
    char *here = getcwd(NULL, 0);
    folder = arena_format(project->arena, "%s:%s", here, folder);
    for (size_t i = 0; i < known.count; i++)
        if (strcmp(known.items[i].folder, folder) == 0) return unit->config = known.items[i].config, 0;
    struct config config;
    int error = config_find(project->arena, unit->source, NULL, &config, ret_reason);
    if (error != 0) return error;
    LIST_ADD(&known, project->arena)->folder = folder;
    known.items[known.count - 1].config = unit->config = config;
    return 0;
}

/* Finds the sites of one text of the unit. */
static const char *find(struct project *project, const struct command *command, const struct bytes *bytes,
                        struct unit *unit, enum outcome *ret_outcome)
{
    const char *reason = NULL, *standard = command_standard(command);
    struct relevance relevance;
    text_wrap(unit->arena, bytes->at, bytes->size, &unit->text);
    unit->notes.arena = unit->arena;
    *ret_outcome = OUTCOME_NOTHING;
    if (configure(project, unit, &reason) != 0) return reason;
    text_relevance(&unit->text, &relevance);
    if (!relevance.concerned) return NULL;
    scan_text(&unit->text, &unit->scan);
    bool tells_all = unit_check_text(unit, &reason) == OUTCOME_EDITED;
    *ret_outcome = unit_find(unit, standard == NULL ? "gnu17" : standard, &reason);
    if (*ret_outcome != OUTCOME_EDITED && *ret_outcome != OUTCOME_NEEDS_EXPANDED) return reason;
    if (!tells_all) unit->creations.count = 0; /* the expanded text will have them, on the right lines */
    if (!project_add(project, unit) || !tells_all) *ret_outcome = OUTCOME_NEEDS_EXPANDED;
    if (*ret_outcome == OUTCOME_EDITED) *ret_outcome = unit_check(unit, &reason);
    return NULL;
}

/*
 * Where text with macros cannot be had (__COUNTER__ in a directive) or does not tell all, fully expanded text shows
 * what is missing: to be edited if it is written in the open, else to be remarked upon.
 */
static const char *analyse_unit(struct project *project, const struct command *command, struct arena *arena)
{
    struct unit unit = {.arena = arena, .source = command->file}, expanded = unit;
    struct bytes bytes = {0}, all = {0};
    enum outcome outcome = OUTCOME_NEEDS_EXPANDED;
    const char *reason = NULL;
    expanded.expanded = true;
    if (chdir(command->directory) != 0) return arena_format(arena, "%s: %s", command->directory, strerror(errno));
    if (access(command->file, R_OK) != 0) return arena_format(arena, "%s", strerror(errno));
    refuse_imacros(project, command);
    if (preprocess(command, false, &bytes)) reason = find(project, command, &bytes, &unit, &outcome);
    if (reason == NULL && outcome == OUTCOME_NEEDS_EXPANDED) {
        if (preprocess(command, true, &all)) reason = find(project, command, &all, &expanded, &outcome);
        else reason = "its compiler cannot preprocess it; does the project build?";
    }
    free(bytes.at);
    free(all.at);
    return reason;
}

void analyse(struct project *project, const struct command *command)
{
    struct arena arena = {0};
    const char *reason = analyse_unit(project, command, &arena);
    if (reason != NULL) project_remark(project, command->file, 1, "(the whole unit)", reason);
    arena_free(&arena);
}

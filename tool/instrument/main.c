/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mutray-edit: reads the preprocessed text of one unit, writes it with its lock calls instrumented.
 *
 * It is a program of its own because libclang takes 20 to 30 ms to load, which only units with locks should pay, and
 * because a crash in a parser must not take a build with it. Its exit status is `enum outcome`; one line on standard
 * error says why when it is not 0 or 3.
 */
#include "unit.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static const char usage[] =
    "usage: mutray-edit --main FILE [--std STANDARD] [--expanded] IN OUT\n"
    "Reads the preprocessed text IN of the unit FILE and writes it, instrumented, to OUT.\n";

struct options {
    const char *source, *standard, *in, *out;
    bool expanded;
};

static bool parse_options(int argc, char **argv, struct options *ret_options)
{
    *ret_options = (struct options){.standard = "gnu17"};
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--main") == 0 && i + 1 < argc) ret_options->source = argv[++i];
        else if (strcmp(argv[i], "--std") == 0 && i + 1 < argc) ret_options->standard = argv[++i];
        else if (strcmp(argv[i], "--expanded") == 0) ret_options->expanded = true;
        else if (argv[i][0] == '-') return false;
        else if (ret_options->in == NULL) ret_options->in = argv[i];
        else if (ret_options->out == NULL) ret_options->out = argv[i];
        else return false;
    }
    return ret_options->source != NULL && ret_options->in != NULL && ret_options->out != NULL;
}

static int write_file(const char *path, const struct buffer *content)
{
    FILE *file = fopen(path, "wb");
    if (file == NULL) return -errno;
    int error = fwrite(content->bytes, 1, content->length, file) == content->length ? 0 : -EIO;
    if (fclose(file) != 0 && error == 0) error = -errno;
    return error;
}

/*
 * gcc writes definitions into expanded text as well, for the debug information of -g3. They expand nothing any more and must
 * not be taken for macros in use; but they are written again.
 */
static void hide_definitions(struct unit *unit)
{
    char *bytes = arena_copy(unit->arena, unit->text.bytes, unit->text.size);
    for (size_t i = 0; i < unit->text.lines.count; i++) {
        char *line = bytes + unit->text.lines.items[i];
        if (strncmp(line, "#define ", 8) == 0 || strncmp(line, "#undef ", 7) == 0) memset(line, ' ', strcspn(line, "\n"));
    }
    unit->text.bytes = bytes;
}

static enum outcome instrument(struct unit *unit, const struct options *options, const char **ret_reason)
{
    int error = text_load(unit->arena, options->in, &unit->text);
    if (error != 0) {
        *ret_reason = arena_format(unit->arena, "%s: %s", options->in, strerror(-error));
        return OUTCOME_FAILED;
    }
    unit->read = clock();
    unit->written = unit->text.bytes;
    if (unit->expanded) hide_definitions(unit);
    unit->notes.arena = unit->arena;
    error = config_find(unit->arena, unit->source, config_descriptions_folder(unit->arena), &unit->config, ret_reason);
    if (error != 0) return OUTCOME_FAILED;
    scan_text(&unit->text, &unit->scan);
    enum outcome outcome = unit_check_text(unit, ret_reason);
    if (outcome == OUTCOME_EDITED) outcome = unit_find(unit, options->standard, ret_reason);
    if (outcome == OUTCOME_EDITED) outcome = unit_check(unit, ret_reason);
    if (outcome == OUTCOME_NEEDS_EXPANDED && unit->expanded) outcome = OUTCOME_FAILED;
    unit->found = clock();
    if (outcome != OUTCOME_EDITED) return outcome;
    if (unit->sites.count == 0 && unit->creations.count == 0 && unit->skips.count == 0) return OUTCOME_NOTHING;
    struct buffer edited = {0};
    unit_emit(unit, &edited);
    error = write_file(options->out, &edited);
    if (error == 0) return OUTCOME_EDITED;
    *ret_reason = arena_format(unit->arena, "%s: %s", options->out, strerror(-error));
    return OUTCOME_FAILED;
}

static double milliseconds(clock_t from, clock_t to)
{
    return (double)(to - from) * 1000 / CLOCKS_PER_SEC;
}

/* For the log of builds and the benchmark: where this process's time went. */
static void print_times(const struct unit *unit)
{
    printf("start=%.1f parse=%.1f find=%.1f write=%.1f\n", milliseconds(0, unit->read),
           milliseconds(unit->read, unit->parsed), milliseconds(unit->parsed, unit->found),
           milliseconds(unit->found, clock()));
}

int main(int argc, char **argv)
{
    struct options options;
    if (!parse_options(argc, argv, &options)) {
        fputs(usage, stderr);
        return OUTCOME_USAGE;
    }
    struct arena arena = {0};
    struct unit unit = {.arena = &arena, .source = options.source, .expanded = options.expanded};
    const char *reason = NULL;
    enum outcome outcome = instrument(&unit, &options, &reason);
    if (outcome == OUTCOME_EDITED) {
        size_t found, named, skipped;
        unit_counts(&unit, &found, &named, &skipped);
        printf("found=%zu named=%zu skipped=%zu\n", found, named, skipped);
        print_times(&unit);
    } else if (outcome != OUTCOME_NOTHING) {
        fprintf(stderr, "%s\n", reason == NULL ? "unknown reason" : reason);
    }
    arena_free(&arena);
    return outcome;
}

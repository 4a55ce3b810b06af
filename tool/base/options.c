/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Parsing of a command line against a command's table. Why not getopt_long: its messages do not say what to do, and the
 * usage, the completion and the manual check would need a second table.
 */
#include "base/options.h"

#include "base/say.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Number of single-letter changes that turn one word into the other. */
static size_t edit_distance(const char *a, const char *b)
{
    size_t row[64];
    size_t length = strlen(b);
    if (length >= sizeof row / sizeof row[0]) return SIZE_MAX;
    for (size_t j = 0; j <= length; j++) row[j] = j;
    for (size_t i = 1; a[i - 1] != '\0'; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= length; j++) {
            size_t change = diagonal + (a[i - 1] != b[j - 1]);
            size_t step = (row[j] < row[j - 1] ? row[j] : row[j - 1]) + 1;
            diagonal = row[j];
            row[j] = change < step ? change : step;
        }
    }
    return row[length];
}

const char *mutray_nearest_within(const char *word, const char *const *candidates, size_t most)
{
    const char *best = NULL;
    for (size_t i = 0; candidates[i] != NULL && strlen(word) >= 2; i++) {
        if (strncmp(candidates[i], word, strlen(word)) == 0) return candidates[i]; /* the beginning of the right word */
    }
    size_t best_distance = most + 1;
    for (; *candidates != NULL; candidates++) {
        size_t distance = edit_distance(word, *candidates);
        if (distance < best_distance) {
            best = *candidates;
            best_distance = distance;
        }
    }
    return best;
}

const char *mutray_nearest(const char *word, const char *const *candidates)
{
    return mutray_nearest_within(word, candidates, strlen(word) / 3 + 1);
}

static void __attribute__((noreturn))
unknown_option(const char *command, const struct mutray_option *options, const char *word)
{
    const char *names[64] = {NULL};
    size_t count = 0;
    for (const struct mutray_option *o = options; o->kind != MUTRAY_END && count < 63; o++) names[count++] = o->name;
    const char *near = mutray_nearest(word + strspn(word, "-"), names);
    if (near != NULL) {
        mutray_die("%s: unknown option %s; did you mean --%s? `mutray %s --help` lists them", command, word, near,
                   command);
    }
    mutray_die("%s: unknown option %s; `mutray %s --help` lists the options", command, word, command);
}

static const struct mutray_option *find_long(const struct mutray_option *options, const char *word, size_t length)
{
    for (; options->kind != MUTRAY_END; options++) {
        if (strncmp(options->name, word, length) == 0 && options->name[length] == '\0') return options;
    }
    return NULL;
}

static const struct mutray_option *find_letter(const struct mutray_option *options, char letter)
{
    for (; options->kind != MUTRAY_END; options++) {
        if (options->letter == letter) return options;
    }
    return NULL;
}

static void store(const char *command, const struct mutray_option *option, const char *word)
{
    char *end;
    errno = 0;
    switch (option->kind) {
    case MUTRAY_FLAG:
        *(bool *)option->value = true;
        return;
    case MUTRAY_TEXT:
        *(const char **)option->value = word;
        return;
    case MUTRAY_LIST: {
        struct mutray_list *list = option->value;
        list->items = mutray_grow(list->items, list->count, &list->capacity, sizeof *list->items);
        list->items[list->count++] = word;
        return;
    }
    case MUTRAY_COUNT: {
        unsigned long number = strtoul(word, &end, 10);
        if (!isdigit((unsigned char)word[0]) || *end != '\0' || errno != 0 || number > UINT_MAX) {
            mutray_die("%s: --%s wants a whole number, not '%s'", command, option->name, word);
        }
        *(unsigned *)option->value = (unsigned)number;
        return;
    }
    case MUTRAY_REAL: {
        double number = strtod(word, &end);
        if (end == word || *end != '\0' || !isfinite(number) || number < 0) {
            mutray_die("%s: --%s wants a number of 0 or more, not '%s'", command, option->name, word);
        }
        *(double *)option->value = number;
        return;
    }
    case MUTRAY_END:
        return;
    }
}

static void __attribute__((noreturn)) usage_and_exit(const char *command, const struct mutray_option *options)
{
    printf("Options of mutray %s:\n", command);
    mutray_options_print(options, stdout);
    printf("`mutray help %s` shows the manual page.\n", command);
    exit(fflush(stdout) == 0 ? 0 : MUTRAY_EXIT_TROUBLE);
}

/* One argument that begins with a dash; returns the index of the last argument used. */
static int parse_option(const char *command, const struct mutray_option *options, int argc, char **argv, int i)
{
    const char *word = argv[i];
    const char *value = NULL;
    const struct mutray_option *option;
    if (word[1] == '-') {
        size_t length = strcspn(word + 2, "=");
        option = find_long(options, word + 2, length);
        if (option == NULL) {
            if (strcmp(word, "--help") == 0) usage_and_exit(command, options);
            unknown_option(command, options, word);
        }
        if (word[2 + length] == '=') value = word + 2 + length + 1;
    } else {
        option = find_letter(options, word[1]);
        if (option == NULL) {
            if (strcmp(word, "-h") == 0) usage_and_exit(command, options);
            unknown_option(command, options, word);
        }
        if (word[2] != '\0') value = word + 2;
    }
    if (option->kind == MUTRAY_FLAG) {
        if (value != NULL) mutray_die("%s: --%s takes no value: write just --%s", command, option->name, option->name);
    } else if (value == NULL) {
        if (i + 1 >= argc) {
            mutray_die("%s: --%s needs a value: --%s %s", command, option->name, option->name, option->argument);
        }
        value = argv[++i];
    }
    store(command, option, value);
    return i;
}

int mutray_options_parse(const char *command, const struct mutray_option *options, enum mutray_operands operands,
                         int argc, char **argv)
{
    int count = 0;
    bool more_options = true;
    for (int i = 1; i < argc; i++) {
        if (more_options && strcmp(argv[i], "--") == 0) {
            more_options = false;
        } else if (more_options && argv[i][0] == '-' && argv[i][1] != '\0') {
            i = parse_option(command, options, argc, argv, i);
        } else {
            argv[++count] = argv[i];
            if (operands == MUTRAY_OPERANDS_LAST) more_options = false;
        }
    }
    argv[count + 1] = NULL;
    return count;
}

void mutray_options_print(const struct mutray_option *options, FILE *out)
{
    for (; options->kind != MUTRAY_END; options++) {
        char word[80];
        char letter[8] = "    ";
        if (options->letter != 0) snprintf(letter, sizeof letter, "-%c, ", options->letter);
        snprintf(word, sizeof word, "%s--%s%s%s", letter, options->name, options->argument != NULL ? " " : "",
                 options->argument != NULL ? options->argument : "");
        fprintf(out, "  %-28s %s\n", word, options->help);
    }
    fprintf(out, "  %-28s %s\n", "-h, --help", "show this list");
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Command lines. Each command has one table of its options; parsing, usage texts, shell completion and the check of the
 * manual pages all come from it.
 */
#ifndef MUTRAY_BASE_OPTIONS_H
#define MUTRAY_BASE_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct mutray_list {
    const char **items;
    size_t count, capacity;
};

enum mutray_option_kind {
    MUTRAY_FLAG,  /* bool *: --name */
    MUTRAY_TEXT,  /* const char **: --name WORD or --name=WORD */
    MUTRAY_COUNT, /* unsigned *: a whole number */
    MUTRAY_REAL,  /* double *: a number that is not negative */
    MUTRAY_LIST,  /* struct mutray_list *: may be given several times */
    MUTRAY_END
};

/* A table ends with { .kind = MUTRAY_END }. */
struct mutray_option {
    const char *name; /* without the dashes */
    char letter;      /* for -x; 0: none */
    enum mutray_option_kind kind;
    void *value;
    const char *argument; /* "FILE" in usage; null for a flag */
    const char *help;     /* one line */
};

enum mutray_operands {
    MUTRAY_OPERANDS_ANYWHERE, /* options may follow operands */
    MUTRAY_OPERANDS_LAST      /* the first operand ends the options: the rest belongs to another program */
};

/*
 * Parses argv[1..], moves the operands to argv[1..] and returns their number. `--help` prints the usage and exits 0;
 * anything unknown or malformed is a message and exit 2.
 */
int mutray_options_parse(const char *command, const struct mutray_option *options, enum mutray_operands operands,
                         int argc, char **argv);

/* The list of options, as --help shows it. */
void mutray_options_print(const struct mutray_option *options, FILE *out);

/* The candidate closest to a mistyped word, or null when none is close; candidates end with a null. */
const char *mutray_nearest(const char *word, const char *const *candidates);
/* The same with the most letters that may be wrong given; by default it is one, and one more for each three. */
const char *mutray_nearest_within(const char *word, const char *const *candidates, size_t most);

#endif

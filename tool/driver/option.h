/* SPDX-License-Identifier: Apache-2.0 */
/* Tables of a program's options: which of them take the next word, and what they mean to us. */
#ifndef MUTRAY_DRIVER_OPTION_H
#define MUTRAY_DRIVER_OPTION_H

#include <stdbool.h>

enum option_shape {
    EXACT, /* the word itself */
    NEXT,  /* the word itself, and the next word belongs to it */
    PREFIX /* any word that begins so */
};

struct option {
    const char *word; /* null ends a table */
    enum option_shape shape;
    int meaning; /* the table's own; 0: none */
};

/* The first entry that fits; one with the meaning 0 where none does. */
const struct option *option_find(const struct option *table, const char *word);

#endif

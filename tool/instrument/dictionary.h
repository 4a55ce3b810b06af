/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which names could the preprocessor make of a text's words? Who asks where a name is used by looking for it must know
 * about the uses that do not show: the name is a macro's, or macros put it together with `##`.
 */
#ifndef MUTRAY_INSTRUMENT_DICTIONARY_H
#define MUTRAY_INSTRUMENT_DICTIONARY_H

#include "text.h"
#include "vocabulary.h"

struct dictionary {
    struct vocabulary *words; /* all of the program, numbers too, as MEANS_CODE, and its macros; others are among them … */
    bool complete;            /* … and, after the first question, those that macros of system headers bring */
};

bool dictionary_has_macro(struct dictionary *dictionary, const struct text *text, const char *name, size_t length);
/* Is the name a macro's, or could it be the pasting of two or more words? */
bool dictionary_makes(struct dictionary *dictionary, const struct text *text, const char *name, size_t length);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* What the program's own files say: comments that speak to mutray, `mutray:ignore` and `mutray:name NAME`; and words. */
#ifndef MUTRAY_INSTRUMENT_NOTES_H
#define MUTRAY_INSTRUMENT_NOTES_H

#include "text.h"

struct notes_file;

struct notes {
    struct arena *arena;
    LIST(struct notes_file) files; /* read so far */
};

/* Does the line of `place` say `mutray:ignore`? */
bool notes_ignore(struct notes *notes, struct place place);
/* The name that the line of `place` gives, or NULL. */
const char *notes_name(struct notes *notes, struct place place);
/* Is `word` written in the statement that begins at `place`? If not, a macro brought it. True where nobody knows. */
bool notes_spell(struct notes *notes, struct place place, const char *word);

#endif

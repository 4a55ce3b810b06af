/* SPDX-License-Identifier: Apache-2.0 */
/* Response files: words of a command line that are kept in a file, as in `gcc @objects.txt`. */
#ifndef MUTRAY_DRIVER_RESPONSE_H
#define MUTRAY_DRIVER_RESPONSE_H

#include "words.h"

/*
 * Adds the words of `argv` with response files opened, by GCC's rules; a file that does not exist is a plain word.
 * 0, or -ELOOP for files that include each other too deeply.
 */
int response_expand(char *const *argv, struct words *ret_words);

/* Splits text into words by the same rules: spaces separate, '…' "…" and \ protect. */
void response_split(const char *text, struct words *ret_words);

#endif

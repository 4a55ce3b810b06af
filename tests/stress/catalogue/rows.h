/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A row of the behaviour catalogue is a function; the program runs the one that its command line names.
 *
 * What the profile must show stands in comments beside the code, where the row is `12.failed_try` and `tag` tells the
 * locks of one row apart:
 *
 *     !CREATE! row.tag     the lock is created on this line; its variable is the tag
 *     !CREATE-STATIC! !CREATE-INIT!   the same, for kinds of lock with, without an initialiser
 *     !ACQUIRE! row.tag    one acquire has this line as its leaf; a number after it: so many
 *     !RELEASE! row.tag    the same for releases
 *     !SPAN! row id root   events with this line as their leaf are in that span; those of others are in none
 *     !VARIABLE! row.tag = word   the variable in the name is not the tag; nothing after `=`: the name has none
 *     !ENV! row NAME=VALUE        the program runs with this setting
 *     !LOOSE! row          only what the program itself checks counts
 *
 * A lock with a creation but no acquires must be there, with any counts. A row without marks must leave no sample.
 * check.py reads the comments and judges.
 */
#ifndef ROWS_H
#define ROWS_H

#include <stdio.h>
#include <stdlib.h>

#define ROW(number, name) void row_##number##_##name(void);
#include "rows.def"
#undef ROW

/* Ends the program when something does not hold. */
#define must(condition)                                                                                                \
    do {                                                                                                               \
        if (!(condition)) {                                                                                            \
            fprintf(stderr, "%s:%d: %s: must hold: %s\n", __FILE__, __LINE__, __func__, #condition);                   \
            exit(3);                                                                                                   \
        }                                                                                                              \
    } while (0)

/* Runs `work` in another thread, until its end. */
void in_another_thread(void *(*work)(void *), void *argument);
/* A row that has no meaning for this kind of lock. */
_Noreturn void not_for_this_kind(void);

#endif

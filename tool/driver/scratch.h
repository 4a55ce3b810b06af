/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The folder for one compilation's intermediate text, and the promise that it goes away.
 *
 * Compilations are interrupted: ^C in make, a build daemon's SIGTERM. The folder holds only files with the fixed names
 * below, so a signal handler can remove it without walking anything or allocating; then the signal does what it does.
 */
#ifndef MUTRAY_DRIVER_SCRATCH_H
#define MUTRAY_DRIVER_SCRATCH_H

#include <stdbool.h>
#include <sys/types.h>

enum scratch_file {
    SCRATCH_TEXT,     /* preprocessed */
    SCRATCH_EDITED,   /* with names in it */
    SCRATCH_DEPS,     /* the dependency file to be */
    SCRATCH_OBJECT,   /* output on its way to a pipe */
    SCRATCH_WORDS,    /* what a program said that is not shown (yet) */
    SCRATCH_STATUS,   /* what mutray-edit said it did */
    SCRATCH_RECORD,   /* declarations for a unit that stays plain */
    SCRATCH_FILES
};

/* Makes the folder in $TMPDIR or /tmp. 0 or a negative errno. */
int scratch_create(void);
const char *scratch_path(enum scratch_file file);
/* Only what is large: the texts and an output. */
void scratch_empty(void);
void scratch_remove(void);

/* For process.c: the child to pass deadly signals on to, signals held while it is noted, and what the child undoes. */
void scratch_child(pid_t child);
void scratch_hold_signals(bool hold);
void scratch_in_child(void);

#endif

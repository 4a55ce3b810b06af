/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Running other programs: the compiler's stages, mutray-edit.
 *
 * What a build system sees of a compiler must be what it would have seen without us, down to the signal that ended it.
 * So where nothing remains to be done the process *becomes* the other program (`process_become`); where something does,
 * it waits, and can end the way its child ended (`process_end_like`).
 */
#ifndef MUTRAY_DRIVER_PROCESS_H
#define MUTRAY_DRIVER_PROCESS_H

#include "words.h"

struct process_setup {
    const char *output;    /* file for stdout, null: inherited */
    const char *errors;    /* file for stderr, null: inherited; may equal `output` */
    struct bytes *capture; /* collects stdout, instead of `output` */
    double *milliseconds;  /* collects the processor time it took */
    unsigned cpu_seconds;  /* more processor time than that ends it; 0: no limit */
};

/* Runs argv[0] (searched in PATH), waits. `ret_status` is as from waitpid. 0, or a negative errno if it did not start.
 */
int process_run(char *const *argv, const struct process_setup *setup, int *ret_status);
bool process_succeeded(int status);

/* Replaces this process. Returns only where that fails; errno says why. */
void process_become(char *const *argv);
/* As process_become(), but if it fails says so in one line and exits as a shell does: 127 not found, 126 otherwise. */
void process_become_or_die(char *const *argv) __attribute__((noreturn));
/* Exits with the status, or by the signal, that waitpid gave for a child. */
void process_end_like(int status) __attribute__((noreturn));

#endif

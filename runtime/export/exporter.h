/* SPDX-License-Identifier: Apache-2.0 */
/* The exporter: the one thread that makes profiles, once a period, when asked, and when the program ends. */
#ifndef MUTRAY_EXPORTER_H
#define MUTRAY_EXPORTER_H

#include <stdbool.h>

/*
 * Profiling began; `now`: start the thread at once. Otherwise it is born with the program's first thread, and one that
 * never makes a second thread keeps libc's faster single-threaded locks.
 */
void mutray__exporter_begin(bool now);
/* After daemon(): as mutray__exporter_begin() was told. */
void mutray__exporter_resume(void);
/* Starts the thread if there should be one and is none. Only where allocating is legal. */
void mutray__exporter_ensure(void);
/* Makes a profile now. Waits for it, and for one attempt to upload it, but not for ever. 0 or a negative errno. */
int mutray__exporter_flush(void);
/* Makes the last profile; takes two seconds at most. For exit handlers: the first call does it, others return. */
void mutray__exporter_finish(void);
/* The main thread is leaving by pthread_exit(); see exporter.c. */
void mutray__exporter_main_leaves(void);
/*
 * The calling thread is about to shut itself in, where a system call that the program does not make itself may be its end.
 * The exporter's thread, if there is one, stays outside. Otherwise, and if it is shut in too or the clock may not be read
 * either (`to_the_end`), this is the end of profiling: the last profile is made now.
 */
void mutray__exporter_sandbox(bool to_the_end);
/* The calling thread is making a profile. */
extern _Thread_local bool mutray__exporting __attribute__((tls_model("initial-exec")));
/* In a forked child there is no thread any more. */
void mutray__exporter_after_fork_in_child(void);

#endif

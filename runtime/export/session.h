/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Profiling of one process: the configuration, the parts that were loaded, and the making of one profile. It knows
 * nothing of threads; exporter.h decides who calls and when. One thread at a time.
 */
#ifndef MUTRAY_SESSION_H
#define MUTRAY_SESSION_H

#include <stdbool.h>
#include <stdint.h>

#include "../upload/uploader.h"

/*
 * Reads the configuration, loads what it needs and starts recording. `finish` is an exit handler that the uploader,
 * too, will register. 0 or a negative errno: profiling is then off.
 */
int mutray__session_start(void (*finish)(void));
/* The length of a period. */
uint64_t mutray__session_period_ns(void);
/* Whether profiles are expected while the program runs, and not just when it ends. */
bool mutray__session_periodic(void);

/*
 * Makes one profile of what was recorded since the last one: to the file first, then to the uploader, which has until
 * the deadline (CLOCK_MONOTONIC). 0, or why the file could not be written or the profile not be sent.
 */
int mutray__session_export(uint64_t deadline_ns, bool retry);
/* Where it is asked for, and the process has none yet, the tables are put into a spool; see record.h for when. */
void mutray__session_spool(void);
/* The last profile was made: if it is where it should be, there is no need for the spool any more. */
void mutray__session_end(void);
/* Hurries the uploader; from any thread. */
void mutray__session_interrupt(enum mutray__upload_stop stop);

/*
 * Around fork(), and by the exporter where nobody may fork: inside the dynamic loader, whose lock the child would inherit,
 * and while it makes sockets.
 */
void mutray__session_forbid_fork(void);
void mutray__session_allow_fork(void);
/* A new process: nothing of its parent's profile, files numbered from 1 again. */
void mutray__session_after_fork_in_child(void);

#endif

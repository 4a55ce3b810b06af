/* SPDX-License-Identifier: Apache-2.0 */
/* The two things mutray-send does; each is the program's exit status. */
#ifndef MUTRAY_SEND_H
#define MUTRAY_SEND_H

#include "destination.h"

/* 0: all were accepted; 1: one was not; 2: bad use, or a file that is no profile, and nothing was sent. */
int send_push(const char *to, const char *url, int count, char **paths);
/* 0: profiles are taken there; 1: they are not, or nobody answers. Prints one line that says what was found. */
#define SEND_UNKNOWN 3 /* somebody answers, but does not say */
int send_probe(void);

/*
 * The configuration of the environment, changed to what `to` ("datadog", "pyroscope", "parca" or "") and `url` (or "")
 * ask for, and the destination that follows from it. Dies when that is none, with what to do about it.
 */
void send_find_destination(const char *to, const char *url, struct mutray__options *ret_options,
                           struct mutray__destination *ret);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* A profile from the file that a process recorded in when it was killed; see spool.c. */
#ifndef MUTRAY_PROFILE_SPOOL_H
#define MUTRAY_PROFILE_SPOOL_H

#include "base/say.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

bool mutray_is_spool(const uint8_t *bytes, size_t size);
/*
 * Makes the profile that the process would have written. `living`: the process, if it is there still and its threads can
 * be asked for their names; else 0. `bytes` are aligned as malloc() aligns. 0, or -errno with the
 * reason in `error` as words that follow "FILE: ". What is returned is gzip, the caller's to free.
 */
int mutray_spool_profile(const uint8_t *bytes, size_t size, pid_t living, struct mutray_error *error,
                         uint8_t **ret_packed, size_t *ret_size);

/* Where return addresses are looked up from now on: spool_modules.c. */
struct mutray__spool;
void mutray_spool_modules_use(const struct mutray__spool *spool);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where mutray's own pieces are, found from where the running program is: a build tree, an installation under any
 * prefix, a copy of either.
 */
#ifndef MUTRAY_DRIVER_PLACE_H
#define MUTRAY_DRIVER_PLACE_H

#include <stdint.h>

/* The program `name` that came with this one: in the same folder, or bin/ ↔ libexec/mutray/. MUTRAY_EDIT overrides
 * "mutray-edit" (tests). A name that does not exist if there is none. */
const char *place_program(const char *name);
/* The folder of libmutray, null if there is none with the file `library`. */
const char *place_library(const char *library);

/* What of mutray goes into an object: its version and the programs that edit. Belongs into the keys of caches. */
uint64_t place_fingerprint(void);

#endif

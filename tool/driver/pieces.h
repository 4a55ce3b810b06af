/* SPDX-License-Identifier: Apache-2.0 */
/* mutray's own programs that take part in a compilation. */
#ifndef MUTRAY_DRIVER_PIECES_H
#define MUTRAY_DRIVER_PIECES_H

#include <stdint.h>

/* The path of mutray-edit; MUTRAY_EDIT in the environment overrides it (tests). Where there is none, just its name. */
const char *pieces_edit(void);

/*
 * What of mutray goes into an object, as a number: its version, the contents of its programs and descriptions, and the
 * `.mutray` files that concern the sources among `arguments`. It is part of each compiler command line, so that caches
 * such as ccache do not hand out objects made by another mutray or another configuration.
 */
uint64_t pieces_fingerprint(char *const *arguments);

#endif

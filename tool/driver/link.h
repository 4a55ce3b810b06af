/* SPDX-License-Identifier: Apache-2.0 */
/* Linking: adds mutray's runtime to a program or shared library. */
#ifndef MUTRAY_DRIVER_LINK_H
#define MUTRAY_DRIVER_LINK_H

#include <stdbool.h>

/* Whether a program of this name is a linker: gcc calls collect2, clang the linker itself, which has many names. */
bool link_is_linker(const char *name);

/* Runs the linker command `argv` with the runtime added, or as it is where that is not wanted or fails. */
void link_with_runtime(char *const *argv) __attribute__((noreturn));

#endif

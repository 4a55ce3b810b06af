/* SPDX-License-Identifier: Apache-2.0 */
/* Linking: adds mutray's runtime to a program or shared library. */
#ifndef MUTRAY_DRIVER_LINK_H
#define MUTRAY_DRIVER_LINK_H

/* Runs the linker command `argv` with the runtime added, or as it is where that is not wanted or fails. */
void link_with_runtime(char *const *argv) __attribute__((noreturn));

#endif

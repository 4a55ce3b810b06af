/* SPDX-License-Identifier: Apache-2.0 */
/* `mutray cc`: runs a compiler command so that what it makes is instrumented. */
#ifndef MUTRAY_DRIVER_DRIVE_H
#define MUTRAY_DRIVER_DRIVE_H

#include <stdbool.h>

/* The environment's word for the compiler that `mutray-cc ARGUMENTS` stands for, where ccache runs it. */
#define DRIVE_COMPILER "MUTRAY__COMPILER"

/* Ends as the compiler ends. */
void drive(char *const *argv, bool strict) __attribute__((noreturn));

/* For clang: the driver's list of jobs, each through mutray-stage. */
void jobs_run(char *const *argv, const char *stage, const char *key) __attribute__((noreturn));

#endif

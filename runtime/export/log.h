/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the runtime says on standard error. It is a guest in the program: one write() per line, no stdio, no allocation,
 * errno kept, and silence unless MUTRAY_LOG or DD_TRACE_DEBUG asks.
 */
#ifndef MUTRAY_LOG_H
#define MUTRAY_LOG_H

#include <stdbool.h>

void mutray__log_enable(bool on);
/* Only if enabled. */
void mutray__log(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* Always: for the one thing a user must know, that what was asked for is not happening. */
void mutray__say(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif

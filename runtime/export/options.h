/* SPDX-License-Identifier: Apache-2.0 */
/* What the environment asks of the profiler: options.def, read once at start-up. */
#ifndef MUTRAY_OPTIONS_H
#define MUTRAY_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

#define MUTRAY__TYPE_FLAG bool
#define MUTRAY__TYPE_NUMBER double
#define MUTRAY__TYPE_COUNT unsigned
#define MUTRAY__TYPE_TEXT const char *

/* Texts are never null. */
struct mutray__options {
#define MUTRAY_OPTION(type, name, field, fallback, low, high, meaning) MUTRAY__TYPE_##type field;
#include "options.def"
#undef MUTRAY_OPTION
    bool interval_given; /* DD_PROFILING_UPLOAD_INTERVAL was set */
};

/* Told of each value that could not be used. */
typedef void (*mutray__complain)(const char *name, const char *value, const char *expected);

/* Whether the environment asks for profiling at all. Allocates nothing: this is all a program that is off pays for. */
bool mutray__options_on(void);
/* Reads every variable. The texts are copies; mutray__options_free() gives them back. 0 or -ENOMEM. */
int mutray__options_read(mutray__complain complain, struct mutray__options *ret);
void mutray__options_free(struct mutray__options *options);
/* Whether profiles are to be sent anywhere: a prefix alone, or with nothing said about where to, is for files only. */
bool mutray__options_upload(const struct mutray__options *options);
/* True for 1 true yes on auto, false for 0 false no off, else -EINVAL. */
int mutray__parse_flag(const char *text, bool *ret);

#endif

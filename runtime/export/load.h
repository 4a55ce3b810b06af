/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of the runtime that need more than libc. In libmutray.a they are linked in; there is no uploading there. */
#ifndef MUTRAY_LOAD_H
#define MUTRAY_LOAD_H

#include <stdbool.h>

#include "../lines/lines.h"
#include "../upload/uploader.h"
#include "encoder.h"

/* Null if it is not there or of another version; the log says so. Only at start-up: it takes the loader's lock. */
const struct mutray__encoder *mutray__load_encoder(void);
const struct mutray__uploader_api *mutray__load_uploader(void);
const struct mutray__lines_api *mutray__load_lines(void);

/* Whether mutray hears of the program's pthread_create(), pthread_exit() and daemon() (wrap.c). */
extern const bool mutray__stands_before_libc;

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* A profile from a file, and what it tells about itself, as it is told to a receiver. */
#ifndef MUTRAY_SEND_STORED_H
#define MUTRAY_SEND_STORED_H

#include "event.h"

struct stored {
    const char *path;
    char *program, *profiler_version;
    pid_t pid;
    double capture_pct, wait_period_us;
    bool upscale;
    struct mutray__upload_profile profile; /* bytes: always gzip */
};

/* Dies unless it is a profile that mutray has written. */
void stored_read(const char *path, struct stored *ret);
void stored_free(struct stored *stored);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* The body of an upload to Datadog: multipart/form-data with event.json and profile.pprof. */
#ifndef MUTRAY_MULTIPART_H
#define MUTRAY_MULTIPART_H

#include <stddef.h>

#define MUTRAY__BOUNDARY_SIZE 48

struct mutray__body {
    char *bytes; /* free() it */
    size_t size;
    char boundary[MUTRAY__BOUNDARY_SIZE]; /* "" if it is not multipart */
};

/* 0 or -ENOMEM. */
int mutray__multipart(const char *event_json, const void *profile, size_t profile_size, struct mutray__body *ret);

#endif

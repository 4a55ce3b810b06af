/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What libmutray.so asks of libmutray-upload.so, the part that needs libcurl and jansson: a table of functions, so that
 * one dlsym() finds all of it. One thread at a time calls into it; `interrupt` alone may come from another one.
 */
#ifndef MUTRAY_UPLOADER_H
#define MUTRAY_UPLOADER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../export/encoder.h"

struct mutray__uploader;

/* A profile to be sent. */
struct mutray__upload_profile {
    void *bytes; /* gzipped pprof, from malloc() */
    size_t size;
    int64_t start_ns, end_ns; /* since 1970, UTC */
    unsigned seq;             /* from 0 */
    struct mutray__profile_summary summary;
};

/* How soon a sending thread should return. */
enum mutray__upload_stop {
    MUTRAY__UPLOAD_GO,
    MUTRAY__UPLOAD_NO_WAIT, /* finish the attempt under way, make no other */
    MUTRAY__UPLOAD_ABORT    /* break off the attempt under way */
};

/* What the process that uploads does for the uploader. */
struct mutray__host {
    void (*log)(const char *line); /* is told what goes wrong, a line each, without line end */
    void (*finish)(void);          /* to be called when the process exits, at the latest moment at which sending is possible */
    int (*open_socket)(int domain, int type, int protocol); /* as socket() */
};

/* The configuration is handed over as it is, so its shape is part of the version. */
#define MUTRAY__UPLOADER_ABI (3u << 16 | (unsigned)sizeof(struct mutray__options))

struct mutray__uploader_api {
    unsigned abi;
    /*
     * Reads where to send to. Opens no connection. 0; or -EINVAL after having told the log what is wrong with the
     * configuration; or -ENOMEM.
     */
    int (*open)(const struct mutray__options *options, const char *program, const struct mutray__host *host,
                struct mutray__uploader **ret);
    /* In a forked child, before anything else: another process, to which nothing of its parent's queue belongs. */
    void (*renew)(struct mutray__uploader *uploader);
    /* Takes a profile, and its bytes, into the queue; the oldest gives way when it is full, and is counted. */
    void (*add)(struct mutray__uploader *uploader, const struct mutray__upload_profile *profile);
    /* A profile that never came to be added, for want of memory. */
    void (*count_lost)(struct mutray__uploader *uploader);
    /*
     * Sends what is queued, oldest first, until the deadline (CLOCK_MONOTONIC). Without `retry` one attempt each. What
     * could not be sent, but may be later, stays queued. 0; or, if a profile did not arrive, of the last such one:
     * -EAGAIN if it is queued still, -EREMOTEIO if the receiver refused it.
     */
    int (*send)(struct mutray__uploader *uploader, uint64_t deadline_ns, bool retry);
    /* Makes a send() that runs, or that comes next, return soon; GO takes that back. */
    void (*interrupt)(struct mutray__uploader *uploader, enum mutray__upload_stop stop);
};

extern const struct mutray__uploader_api mutray__uploader_api;

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What libmutray.so asks of libmutray-export.so, the part that needs protobuf-c and zlib: a table of functions, so that
 * one dlsym() finds all of it. Only one thread at a time calls into it.
 */
#ifndef MUTRAY_ENCODER_H
#define MUTRAY_ENCODER_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "../lines/lines.h"
#include "../record/record.h"
#include "options.h"

/* Where encoded bytes go. put returns 0 or a negative errno, which ends the encoding. */
struct mutray__sink {
    int (*put)(void *context, const void *bytes, size_t size);
    void *context;
};

/* Empties the tables into `visit`: mutray__record_drain(). */
typedef void (*mutray__drain)(mutray__visit visit, void *context, struct mutray__totals *ret_totals);

/* What a profile says beside its samples. */
struct mutray__profile_facts {
    int64_t start_ns, end_ns; /* since 1970, UTC */
    pid_t pid;
    const char *program;
    const struct mutray__options *options;
    const struct mutray__lines_api *lines; /* null: without file and line of callers */
};

/* What went into a profile. */
struct mutray__profile_summary {
    uint64_t samples;
    uint64_t samples_dropped; /* for want of memory */
    struct mutray__totals totals;
};

/* The configuration is handed over as it is, so its shape is part of the version. */
#define MUTRAY__ENCODER_ABI (3u << 16 | (unsigned)sizeof(struct mutray__options))

struct mutray__encoder {
    unsigned abi;
    /*
     * Looks at what is mapped, so that the addresses drained next find their module. This takes a lock of the dynamic
     * loader: the caller sees to it that nobody forks meanwhile.
     */
    void (*see_modules)(void);
    /* One profile, gzipped, to the sink. The tables are emptied even if it fails. 0 or a negative errno. */
    int (*encode)(const struct mutray__profile_facts *facts, mutray__drain drain, const struct mutray__sink *sink,
                  struct mutray__profile_summary *ret_summary);
};

extern const struct mutray__encoder mutray__encoder;

#endif

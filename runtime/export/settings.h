/* SPDX-License-Identifier: Apache-2.0 */
/* What the environment asks for (options.h), as record/ wants to be told. */
#ifndef MUTRAY_SETTINGS_H
#define MUTRAY_SETTINGS_H

#include <stdio.h>

#include "options.h"
#include "record.h"

static inline void mutray__settings_of(const struct mutray__options *options, struct mutray__record_config *ret)
{
    *ret = (struct mutray__record_config){
        .capture_pct = options->capture_pct,
        .wait_period_ns = (uint64_t)(options->wait_period_us * 1000),
        .upscale = options->upscale,
        .bare_members = !options->member_names,
        .timeline = options->timeline,
        .max_frames = options->max_frames > 0 ? options->max_frames - 1 : 0, /* the leaf is one */
        .memory_bytes = (size_t)options->memory_mb << 20,
    };
    snprintf(ret->excluded, sizeof ret->excluded, "%s", options->excluded);
}

#endif

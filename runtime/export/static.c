/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The runtime in a statically linked program: the encoder is linked in, and nothing is loaded. There is no uploading,
 * because libcurl with its 32 libraries cannot be linked in, and libc's functions cannot be stood in front of: whatever
 * program uses one of these would get all of this archive with it.
 */
#include <stddef.h>

#include "load.h"
#include "log.h"

const struct mutray__encoder *mutray__load_encoder(void)
{
    return &mutray__encoder;
}

const struct mutray__uploader_api *mutray__load_uploader(void)
{
    mutray__log("a statically linked program cannot upload; set DD_PROFILING_OUTPUT_PPROF and use `mutray push`");
    return NULL;
}

const struct mutray__lines_api *mutray__load_lines(void)
{
    mutray__log("a statically linked program knows its callers by function only; unset MUTRAY_LINES");
    return NULL;
}

const bool mutray__stands_before_libc = false;

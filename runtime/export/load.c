/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Loading libmutray-export.so and, where wanted, libmutray-upload.so and libmutray-lines.so, from the folder libmutray.so
 * itself came from: an instrumented program runs wherever its libmutray.so is found. Linking them instead would cost
 * every process, profiled or not, 32 libraries and 7 ms. RTLD_LOCAL keeps their symbols from the program.
 */
#include <dlfcn.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "load.h"
#include "log.h"

static const char side_by_side[] = "install mutray's libraries side by side";

static void *load(const char *library, const char *symbol, const char *advice)
{
    Dl_info self;
    char folder[PATH_MAX], path[PATH_MAX + 64];
    if (dladdr((void *)mutray__load_encoder, &self) == 0 || strlen(self.dli_fname) >= sizeof folder)
        return NULL;
    strcpy(folder, self.dli_fname);
    snprintf(path, sizeof path, "%s/%s", dirname(folder), library);
    void *handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    void *table = handle == NULL ? NULL : dlsym(handle, symbol);
    if (table == NULL)
        mutray__log("cannot load %s: %s; %s", path, dlerror(), advice);
    return table;
}

const struct mutray__encoder *mutray__load_encoder(void)
{
    const struct mutray__encoder *encoder = load("libmutray-export.so", "mutray__encoder", side_by_side);
    if (encoder == NULL || encoder->abi == MUTRAY__ENCODER_ABI)
        return encoder;
    mutray__log("libmutray-export.so is of another version than libmutray.so; install both from one mutray");
    return NULL;
}

const struct mutray__uploader_api *mutray__load_uploader(void)
{
    const struct mutray__uploader_api *api = load("libmutray-upload.so", "mutray__uploader_api", side_by_side);
    if (api == NULL || api->abi == MUTRAY__UPLOADER_ABI)
        return api;
    mutray__log("libmutray-upload.so is of another version than libmutray.so; install both from one mutray");
    return NULL;
}

const struct mutray__lines_api *mutray__load_lines(void)
{
    const struct mutray__lines_api *api = load("libmutray-lines.so", "mutray__lines_api", "install it with its libdw.so.1, or unset MUTRAY_LINES");
    if (api == NULL || api->abi == MUTRAY__LINES_ABI)
        return api;
    mutray__log("libmutray-lines.so is of another version than libmutray.so; install both from one mutray");
    return NULL;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Loading libmutray-export.so and libmutray-upload.so, from the folder libmutray.so itself came from: an instrumented
 * program runs wherever its libmutray.so is found. Linking them instead would cost every process, profiled or not, 32
 * libraries and 7 ms. RTLD_LOCAL keeps their symbols from the program.
 */
#include <dlfcn.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "load.h"
#include "log.h"

static void *load(const char *library, const char *symbol)
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
        mutray__log("cannot load %s: %s; install mutray's libraries side by side", path, dlerror());
    return table;
}

const struct mutray__encoder *mutray__load_encoder(void)
{
    const struct mutray__encoder *encoder = load("libmutray-export.so", "mutray__encoder");
    if (encoder == NULL || encoder->abi == MUTRAY__ENCODER_ABI)
        return encoder;
    mutray__log("libmutray-export.so is of another version than libmutray.so; install both from one mutray");
    return NULL;
}

const struct mutray__uploader_api *mutray__load_uploader(void)
{
    const struct mutray__uploader_api *api = load("libmutray-upload.so", "mutray__uploader_api");
    if (api == NULL || api->abi == MUTRAY__UPLOADER_ABI)
        return api;
    mutray__log("libmutray-upload.so is of another version than libmutray.so; install both from one mutray");
    return NULL;
}

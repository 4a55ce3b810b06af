/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Preloaded: kills the process where a profile gets its name, AT_RENAME=before or after that.
 */
#include <dlfcn.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int rename(const char *from, const char *to)
{
    int (*next)(const char *, const char *) = (int (*)(const char *, const char *))dlsym(RTLD_NEXT, "rename");
    const char *when = getenv("AT_RENAME");
    if (when != NULL && strcmp(when, "before") == 0)
        raise(SIGKILL);
    int result = next(from, to);
    if (when != NULL && strcmp(when, "after") == 0)
        raise(SIGKILL);
    return result;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where profiling is tied to the life of the process: start, fork, exit. In a program that is not to be profiled, the
 * constructor looks at four environment variables, and that is all that ever happens.
 *
 * The last profile is made by an exit handler. It is registered by a constructor of a library, so it runs after all
 * handlers of the program itself, whose locks it still records. What uploading asks of the order is said in uploader.c.
 */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

#include "exporter.h"
#include "instance.h"
#include "mutray/mutray.h"
#include "options.h"
#include "session.h"

static void after_fork_in_child(void)
{
    mutray__session_after_fork_in_child();
    mutray__exporter_after_fork_in_child();
}

__attribute__((constructor)) static void start(void)
{
    int saved = errno;
    if (mutray__options_on() && mutray__instance_is_first() && mutray__session_start(mutray__exporter_finish) == 0) {
        pthread_atfork(mutray__session_forbid_fork, mutray__session_allow_fork, after_fork_in_child);
        atexit(mutray__exporter_finish);
        at_quick_exit(mutray__exporter_finish);
        mutray__exporter_begin(mutray__session_periodic());
    }
    errno = saved;
}

int mutray_flush(void)
{
    int saved = errno;
    int result = mutray__exporter_flush();
    errno = saved;
    return result;
}

const char *mutray_version(void)
{
    return MUTRAY_VERSION;
}

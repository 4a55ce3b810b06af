/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Standing in front of libc. The exporter's thread may only be made where allocating is legal and the program is past
 * its start: where the program itself makes a thread. In a forked child this is also the first moment that is known to
 * be safe, after every allocator has put itself right. And a main thread that leaves by pthread_exit() must not leave a
 * process behind that the exporter keeps alive (exporter.c).
 *
 * When profiling is off each is one test and a jump.
 */
#include <dlfcn.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <threads.h>
#include <unistd.h>

#include "exporter.h"
#include "load.h"

#define EXPORTED __attribute__((visibility("default")))

/* The next definition of a function, libc's unless somebody else stands there too. Looked up once. */
static void *next(const char *name, void *_Atomic *cache)
{
    void *function = atomic_load_explicit(cache, memory_order_relaxed);
    if (function == NULL) {
        function = dlsym(RTLD_NEXT, name);
        atomic_store_explicit(cache, function, memory_order_relaxed);
    }
    return function;
}

#define NEXT(function)                                                                                                 \
    ({                                                                                                                 \
        static void *_Atomic cache;                                                                                    \
        (__typeof__(&(function)))next(#function, &cache);                                                              \
    })

EXPORTED int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*start)(void *), void *argument)
{
    mutray__exporter_ensure();
    return NEXT(pthread_create)(thread, attributes, start, argument);
}

EXPORTED int thrd_create(thrd_t *thread, thrd_start_t start, void *argument)
{
    mutray__exporter_ensure();
    return NEXT(thrd_create)(thread, start, argument);
}

const bool mutray__stands_before_libc = true;

static void leave(void)
{
    if (syscall(SYS_gettid) == getpid())
        mutray__exporter_main_leaves();
}

EXPORTED void pthread_exit(void *result)
{
    leave();
    NEXT(pthread_exit)(result);
    __builtin_unreachable();
}

EXPORTED void thrd_exit(int result)
{
    leave();
    NEXT(thrd_exit)(result);
    __builtin_unreachable();
}

/* daemon() forks inside libc; what comes back from it is the program for the rest of its life. */
EXPORTED int daemon(int keep_folder, int keep_files)
{
    int result = NEXT(daemon)(keep_folder, keep_files);
    if (result == 0)
        mutray__exporter_resume();
    return result;
}

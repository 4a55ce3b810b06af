/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Standing in front of libc. The exporter's thread may only be made where allocating is legal and the program is past
 * its start: where the program itself makes a thread. In a forked child this is also the first moment that is known to
 * be safe, after every allocator has put itself right. And a main thread that leaves by pthread_exit() must not leave a
 * process behind that the exporter keeps alive (exporter.c).
 *
 * And it hears of prctl() when the program shuts itself in (seccomp), or forbids itself the processor's clock; and sees to
 * it that the pair of sockets by which libcurl wakes itself is not inherited by children (sockets.c).
 *
 * When profiling is off each is one test and a jump.
 */
#include <dlfcn.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <threads.h>
#include <unistd.h>

#include "exporter.h"
#include "load.h"
#include "../record/record.h"
#include "sandbox.h"
#include "session.h"
#include "sockets.h"

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

/*
 * Forked children call these where the dynamic loader's lock may be held for ever: the next one is looked up when the
 * library is loaded, and until then there is the system call itself.
 */
static int (*next_prctl)(int, ...);
static int (*next_socketpair)(int, int, int, int[2]);
static long (*next_syscall)(long, ...);

__attribute__((constructor)) static void find_next(void)
{
    next_prctl = (int (*)(int, ...))dlsym(RTLD_NEXT, "prctl");
    next_socketpair = (int (*)(int, int, int, int[2]))dlsym(RTLD_NEXT, "socketpair");
    next_syscall = (long (*)(long, ...))dlsym(RTLD_NEXT, "syscall");
    mutray__record_hears_of_sandboxes();
}

static int make_pair(int domain, int type, int protocol, int ends[2])
{
    if (next_socketpair != NULL)
        return next_socketpair(domain, type, protocol, ends);
    return (int)syscall(SYS_socketpair, domain, type, protocol, ends);
}

EXPORTED int socketpair(int domain, int type, int protocol, int ends[2])
{
    if (!mutray__exporting)
        return make_pair(domain, type, protocol, ends);
    mutray__session_forbid_fork();
    int result = make_pair(domain, type | SOCK_CLOEXEC, protocol, ends);
    for (int i = 0; result == 0 && i < 2; i++)
        mutray__sockets_note(ends[i]);
    mutray__session_allow_fork();
    return result;
}

EXPORTED int prctl(int option, ...)
{
    unsigned long arguments[4];
    va_list list;
    va_start(list, option);
    for (int i = 0; i < 4; i++)
        arguments[i] = va_arg(list, unsigned long);
    va_end(list);
    mutray__look_at_prctl(option, arguments[0]);
    if (next_prctl != NULL)
        return next_prctl(option, arguments[0], arguments[1], arguments[2], arguments[3]);
    return (int)syscall(SYS_prctl, option, arguments[0], arguments[1], arguments[2], arguments[3]);
}

EXPORTED long syscall(long number, ...)
{
    unsigned long arguments[6];
    va_list list;
    va_start(list, number);
    for (int i = 0; i < 6; i++)
        arguments[i] = va_arg(list, unsigned long);
    va_end(list);
    mutray__look_at_syscall(number, arguments);
    if (next_syscall == NULL) /* somebody else's constructor comes before ours */
        next_syscall = (long (*)(long, ...))dlsym(RTLD_NEXT, "syscall");
    return next_syscall(number, arguments[0], arguments[1], arguments[2], arguments[3], arguments[4], arguments[5]);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The exporter's thread. It has all signals blocked, a name, and a small stack, and its own lock operations are never
 * recorded. It sleeps until a period is over, somebody asks for a profile, or the program ends.
 *
 * At the end the exiting thread waits for the last profile, two seconds at most: one for an upload that is under way to
 * come to its end, then for the file, then for the last upload. A process without the thread (a forked child, or a
 * program of one thread) makes its last profile on the thread that exits.
 *
 * A process ends when its last thread ends. libc counts this thread too, so a program whose main thread leaves by
 * pthread_exit() would never end. The exporter therefore looks for that, and once nobody else is left it does what libc
 * would have done: exit(0).
 */
#include "exporter.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "load.h"
#include "log.h"
#include "session.h"

#define MILLISECOND UINT64_C(1000000)
#define SECOND (1000 * MILLISECOND)
#define EXIT_BUDGET (2 * SECOND)
#define EXIT_GRACE SECOND               /* of which an upload under way has this much */
#define EXIT_LEAVE (100 * MILLISECOND)  /* after it, for the exporter to leave libcurl */
#define FLUSH_BUDGET (10 * SECOND)
#define ALONE_POLL (100 * MILLISECOND)
#define STACK_SIZE ((size_t)256 << 10)

_Thread_local bool mutray__exporting;

static struct {
    pthread_mutex_t lock;
    pthread_cond_t changed; /* CLOCK_MONOTONIC */
    bool begun;             /* profiling is on */
    bool at_once;           /* the thread is not to wait for the program's first */
    bool running;           /* the thread exists */
    bool main_left;         /* the main thread has ended, or may have */
    bool collect;           /* many threads have ended */
    enum { WORKING, FINISHING, LAST_PROFILE, FINISHED } state;
    unsigned long asked, answered; /* profiles asked for, the last request that was met */
    int result;                    /* of the last profile */
    uint64_t finish_ns;            /* when the exiting thread stops waiting */
    pthread_t thread;
    pid_t pid;
} exporter = {.lock = PTHREAD_MUTEX_INITIALIZER};

/* Read without the lock by every pthread_create() of the program. */
static _Atomic bool wanted;

static uint64_t monotonic_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * SECOND + (uint64_t)now.tv_nsec;
}

/* Waits, with the lock, for a change or the time. False: it is that time. */
static bool wait_until(uint64_t time_ns)
{
    struct timespec time = {.tv_sec = (time_t)(time_ns / SECOND), .tv_nsec = (long)(time_ns % SECOND)};
    return pthread_cond_timedwait(&exporter.changed, &exporter.lock, &time) != ETIMEDOUT;
}

static void initialise(void)
{
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&exporter.changed, &attributes);
    pthread_condattr_destroy(&attributes);
    pthread_mutex_init(&exporter.lock, NULL);
    exporter.pid = getpid();
}

/*
 * Whether the main thread has ended and no other one but this is left. The kernel's count includes threads libc does
 * not know, such as ThreadSanitizer's: with one of those, the process stays.
 */
static bool nobody_left(void)
{
    char text[1024], state;
    long threads;
    int fd = open("/proc/self/stat", O_RDONLY | O_CLOEXEC);
    ssize_t size = fd < 0 ? -1 : read(fd, text, sizeof text - 1);
    if (fd >= 0)
        close(fd);
    if (size <= 0)
        return false;
    text[size] = '\0';
    const char *name_end = strrchr(text, ')'); /* the name may hold anything */
    return name_end != NULL &&
           sscanf(name_end, ") %c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d %ld", &state,
                  &threads) == 2 &&
           state == 'Z' && threads == 2; /* the main thread stays as a zombie */
}

static void export(uint64_t deadline_ns, bool retry)
{
    pthread_mutex_unlock(&exporter.lock);
    mutray__exporting = true;
    int result = mutray__session_export(deadline_ns, retry);
    mutray__exporting = false;
    pthread_mutex_lock(&exporter.lock);
    exporter.result = result;
    mutray__record_profiled();
}

/* Sleeps until there is something to do; true if the period is over. */
static bool sleep_until(uint64_t period_end_ns)
{
    while (exporter.state == WORKING && exporter.asked == exporter.answered) {
        uint64_t now = monotonic_ns(), until = period_end_ns;
        if (now >= period_end_ns)
            return true;
        if (exporter.main_left && until > now + ALONE_POLL)
            until = now + ALONE_POLL;
        wait_until(until);
        if (exporter.collect) {
            exporter.collect = false;
            pthread_mutex_unlock(&exporter.lock);
            mutray__record_collect();
            pthread_mutex_lock(&exporter.lock);
        }
        if (exporter.main_left && nobody_left()) {
            pthread_mutex_unlock(&exporter.lock);
            exit(0);
        }
    }
    return false;
}

static void *run(void *unused)
{
    (void)unused;
    mutray__record_ignore_this_thread();
    pthread_setname_np(pthread_self(), "mutray");
    uint64_t period = mutray__session_period_ns(), end = monotonic_ns() + period;
    pthread_mutex_lock(&exporter.lock);
    while (exporter.state == WORKING) {
        bool period_over = sleep_until(end);
        if (exporter.state != WORKING)
            break;
        if (period_over && !mutray__record_is_on()) { /* nothing is, nor was: the profile of the stop came before */
            end = monotonic_ns() + period;
            continue;
        }
        unsigned long asked = exporter.asked;
        uint64_t now = monotonic_ns();
        if (period_over)
            end = end + period > now ? end + period : now + period;
        mutray__session_interrupt(MUTRAY__UPLOAD_GO);
        export(asked == exporter.answered ? end : now + FLUSH_BUDGET, asked == exporter.answered);
        exporter.answered = asked;
        exporter.main_left |= period_over && nobody_left(); /* it may have been cancelled */
        pthread_cond_broadcast(&exporter.changed);
    }
    exporter.state = LAST_PROFILE;
    mutray__session_interrupt(MUTRAY__UPLOAD_GO);
    export(exporter.finish_ns, false);
    mutray__session_end();
    exporter.state = FINISHED;
    exporter.answered = exporter.asked;
    pthread_cond_broadcast(&exporter.changed);
    pthread_mutex_unlock(&exporter.lock);
    return NULL;
}

/*
 * By pthread_create() as the program sees it, not libc's own: a sanitizer that stands in front has to know the thread.
 * A program with much static thread-local storage, which is taken from the stack, needs more than our usual size.
 */
static int create_thread(void)
{
    pthread_attr_t attributes;
    int error = pthread_attr_init(&attributes);
    if (error != 0)
        return error;
    pthread_attr_setstacksize(&attributes, STACK_SIZE);
    error = pthread_create(&exporter.thread, &attributes, run, NULL);
    if (error == EINVAL) {
        pthread_attr_destroy(&attributes);
        pthread_attr_init(&attributes);
            error = pthread_create(&exporter.thread, &attributes, run, NULL);
    }
    pthread_attr_destroy(&attributes);
    return error;
}

static void start_thread(void)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int error = create_thread();
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    exporter.running = error == 0;
    if (error != 0)
        mutray__log("no thread to export with: %s; there will be one profile, at exit", strerror(error));
}

/* For the door (control.c): from inside a lock call. */
static int ask_for_profile(void)
{
    int result = -EBUSY;
    if (pthread_mutex_trylock(&exporter.lock) == 0) {
        result = exporter.running && exporter.state == WORKING ? 0 : -ENOTSUP;
        exporter.asked += result == 0;
        pthread_cond_broadcast(&exporter.changed);
        pthread_mutex_unlock(&exporter.lock);
    }
    return result;
}

void mutray__exporter_begin(bool now)
{
    initialise();
    exporter.begun = true;
    mutray__record_exports(ask_for_profile);
    exporter.at_once = now || !mutray__stands_before_libc; /* there will be no better moment */
    exporter.main_left = !mutray__stands_before_libc;
    wanted = true;
    mutray__exporter_resume();
}

void mutray__exporter_resume(void)
{
    if (exporter.begun)
        mutray__session_spool();
    if (exporter.at_once)
        mutray__exporter_ensure();
}

/* Where threads come and go by the thousand. Nobody waits: the next one will ask again. */
static void ask_to_collect(void)
{
    if (pthread_mutex_trylock(&exporter.lock) != 0)
        return;
    if (mutray__record_is_driven())
        mutray__record_collect(); /* there is nobody else to do it */
    exporter.collect = exporter.running;
    pthread_cond_broadcast(&exporter.changed);
    pthread_mutex_unlock(&exporter.lock);
}

void mutray__exporter_ensure(void)
{
    if (mutray__record_wants_collecting())
        ask_to_collect();
    if (!wanted)
        return;
    int saved = errno;
    pthread_mutex_lock(&exporter.lock);
    bool start = wanted && exporter.state == WORKING;
    wanted = false; /* before the thread is made, which comes by here again (wrap.c) */
    if (start) {
        mutray__session_spool(); /* a forked child has one thread until now */
        start_thread();
    }
    pthread_mutex_unlock(&exporter.lock);
    errno = saved;
}

int mutray__exporter_flush(void)
{
    int result = -ENOTSUP;
    mutray__exporter_ensure();
    pthread_mutex_lock(&exporter.lock);
    if (exporter.running && exporter.state == WORKING) {
        unsigned long request = ++exporter.asked;
        uint64_t deadline = monotonic_ns() + FLUSH_BUDGET;
        mutray__session_interrupt(MUTRAY__UPLOAD_NO_WAIT);
        pthread_cond_broadcast(&exporter.changed);
        while (exporter.answered < request && wait_until(deadline))
            ;
        result = exporter.answered >= request ? exporter.result : -ETIMEDOUT;
    }
    pthread_mutex_unlock(&exporter.lock);
    return result;
}

/* With the lock, by the exiting thread. */
static void wait_for_thread(void)
{
    uint64_t now = monotonic_ns();
    exporter.state = FINISHING;
    exporter.finish_ns = now + EXIT_BUDGET;
    mutray__session_interrupt(MUTRAY__UPLOAD_NO_WAIT);
    pthread_cond_broadcast(&exporter.changed);
    while (exporter.state == FINISHING && wait_until(now + EXIT_GRACE))
        ;
    if (exporter.state == FINISHING)
        mutray__session_interrupt(MUTRAY__UPLOAD_ABORT);
    while (exporter.state != FINISHED && wait_until(exporter.finish_ns))
        ;
    if (exporter.state != FINISHED)
        mutray__session_interrupt(MUTRAY__UPLOAD_ABORT);
    while (exporter.state != FINISHED && wait_until(exporter.finish_ns + EXIT_LEAVE))
        ;
    if (exporter.state != FINISHED) {
        pthread_detach(exporter.thread);
        return;
    }
    /* Until it is gone: where the program shuts itself in, its last system calls must be over. */
    pthread_mutex_unlock(&exporter.lock);
    pthread_join(exporter.thread, NULL);
    pthread_mutex_lock(&exporter.lock);
}

/*
 * The last profile on this thread. Writing may raise SIGXFSZ or SIGPIPE, which the program must not see: as on the
 * exporter's thread all signals are blocked, and these two taken away.
 */
static void export_here(void)
{
    sigset_t all, before, ours, pending;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    sigpending(&pending);
    mutray__record_ignore_this_thread();
    exporter.state = LAST_PROFILE;
    export(monotonic_ns() + EXIT_BUDGET, false);
    mutray__session_end();
    exporter.state = FINISHED;
    sigemptyset(&ours);
    if (!sigismember(&pending, SIGXFSZ))
        sigaddset(&ours, SIGXFSZ);
    if (!sigismember(&pending, SIGPIPE))
        sigaddset(&ours, SIGPIPE);
    while (sigtimedwait(&ours, NULL, &(struct timespec){0}) > 0)
        ;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}

/* exit() may have been called by a signal handler, and the thread it interrupted may have the lock. */
static bool lock_for_exit(void)
{
    struct timespec time;
    if (pthread_mutex_trylock(&exporter.lock) == 0)
        return true; /* without a look at the clock, which may be forbidden by now */
    clock_gettime(CLOCK_REALTIME, &time);
    time.tv_sec++;
    return pthread_mutex_timedlock(&exporter.lock, &time) == 0;
}

void mutray__exporter_finish(void)
{
    int saved = errno;
    if (!lock_for_exit())
        return;
    if (exporter.begun && exporter.state == WORKING) {
        wanted = false;
        if (exporter.running && !pthread_equal(exporter.thread, pthread_self()))
            wait_for_thread();
        else
            export_here();
    }
    pthread_mutex_unlock(&exporter.lock);
    errno = saved;
}

void mutray__exporter_main_leaves(void)
{
    if (!exporter.begun)
        return;
    pthread_mutex_lock(&exporter.lock);
    exporter.main_left = true;
    pthread_cond_broadcast(&exporter.changed);
    pthread_mutex_unlock(&exporter.lock);
}

/* A child of vfork() still lives in its parent's memory: nothing may change there. */
void mutray__exporter_sandbox(bool to_the_end)
{
    if (mutray__record_is_driven()) { /* also in forked children, which go on recording for nobody */
        mutray__record_confine();
        if (to_the_end)
            mutray__record_abandon();
        return;
    }
    if (!exporter.begun || getpid() != exporter.pid)
        return;
    mutray__record_confine();
    if (exporter.running && !to_the_end)
        return;
    mutray__record_stop();
    mutray__exporter_finish();
}

void mutray__exporter_after_fork_in_child(void)
{
    initialise();
    exporter.running = false;
    exporter.main_left = !mutray__stands_before_libc;
    exporter.asked = exporter.answered = 0;
    exporter.state = WORKING;
    wanted = exporter.begun;
}

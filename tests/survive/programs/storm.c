/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Signals at a high rate whose handler takes a lock, and, with the argument "jump", leaves by siglongjmp out of whatever
 * it interrupted, now and then. Usage: storm handler|jump.
 */
#include "survive.h"

#include <setjmp.h>
#include <sys/time.h>

#define STORM 4000

static pthread_mutex_t main_lock = PTHREAD_MUTEX_INITIALIZER, handler_lock = PTHREAD_MUTEX_INITIALIZER;
static volatile sig_atomic_t signals, may_jump;
static sigjmp_buf way_out;

static void on_signal(int number)
{
    (void)number;
    int saved = errno;
    CHECK(pthread_mutex_lock(&handler_lock) == 0);
    CHECK(pthread_mutex_unlock(&handler_lock) == 0);
    errno = saved;
    signals++;
    if (may_jump)
        siglongjmp(way_out, 1);
}

int main(int argc, char **argv)
{
    volatile int jumps = argc > 1 && strcmp(argv[1], "jump") == 0;
    volatile unsigned long used = 0, left = 0;
    struct sigaction action = {.sa_handler = on_signal};
    struct itimerval often = {{0, 100}, {0, 100}}, never = {{0, 0}, {0, 0}};
    sigaction(SIGALRM, &action, NULL);
    setitimer(ITIMER_REAL, &often, NULL);
    if (sigsetjmp(way_out, 1) != 0) {
        /* Whether the lock was taken when the handler left cannot be known: it begins anew. */
        may_jump = 0;
        memset(&main_lock, 0, sizeof main_lock);
        left++;
    }
    while (signals < STORM) {
        may_jump = jumps;
        errno = ENOTTY;
        pthread_mutex_lock(&main_lock);
        pthread_mutex_unlock(&main_lock);
        int after = errno;
        may_jump = 0;
        CHECK(after == ENOTTY);
        used++;
    }
    setitimer(ITIMER_REAL, &never, NULL);
    SAY_ACQUIRES(main_lock, used);
    SAY_ACQUIRES(handler_lock, signals);
    CHECK(!jumps || left > 0);
    return 0;
}

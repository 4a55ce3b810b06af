/* SPDX-License-Identifier: Apache-2.0 */
/* A library to preload: the time of day jumps an hour back and forth with every reading, as if somebody set it. */
#include <dlfcn.h>
#include <stdatomic.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static atomic_int readings;

int clock_gettime(clockid_t clock, struct timespec *time)
{
    long result = syscall(SYS_clock_gettime, clock, time);
    if (clock == CLOCK_REALTIME && result == 0)
        time->tv_sec += atomic_fetch_add(&readings, 1) % 2 == 0 ? 3600 : -3600;
    return (int)result;
}

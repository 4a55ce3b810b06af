/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A recorded lock and unlock needs two times, and asking clock_gettime for them costs as much as the lock and unlock.
 * Half of that is the kernel's care for what its clock is made of. Where that is the processor's own counter, and the
 * processor says that it runs at one rate in all states, the counter is read directly: who uses it as the system's
 * clock has made sure that all processors agree. Everywhere else a tick is a nanosecond of CLOCK_MONOTONIC.
 *
 * Only differences are ever used, so a tick's length is all there is to know. It is measured against the kernel's clock
 * for a moment at the start, within a thousandth, and by each drain over the time since the last one. A measurement
 * that says something quite different (the machine slept, or moved) is not believed.
 *
 * A program may forbid itself the counter (PR_SET_TSC); reading it, or the kernel's clock, is then its end. It may have
 * inherited that from whoever started it.
 */
#include "clock.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>
#if defined(__x86_64__)
#include <cpuid.h>
#endif

#define FIRST_NS 50000   /* measured at the start: two readings, each good to 20 ns */
#define SHORTEST_NS ((uint64_t)10000000)
#define READINGS 5
#define BELIEVABLE 500   /* a new length may differ from the old one by this part of it */

struct mutray__clock mutray__clock = {.ns_per_tick = (uint64_t)1 << 32};

struct moment {
    uint64_t ticks, ns;
};
static struct moment last;

#if defined(__x86_64__)
#define SOURCE "tsc\n"
static bool has_steady_counter(void)
{
    unsigned a, b, c, d;
    return __get_cpuid(0x80000007, &a, &b, &c, &d) != 0 && (d & 1u << 8) != 0; /* "invariant TSC" */
}
#elif defined(__aarch64__)
#define SOURCE "arch_sys_counter\n"
static bool has_steady_counter(void)
{
    return true;
}
#else
#define SOURCE ""
static bool has_steady_counter(void)
{
    return false;
}
#endif

static bool kernel_uses_counter(void)
{
    char source[32];
    int file = open("/sys/devices/system/clocksource/clocksource0/current_clocksource", O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return false;
    ssize_t length = read(file, source, sizeof source);
    close(file);
    return length == (ssize_t)strlen(SOURCE) && memcmp(source, SOURCE, (size_t)length) == 0;
}

/* Both clocks at once: of a few readings the one that was interrupted least. */
static struct moment read_both(void)
{
    struct moment best = {0, 0};
    uint64_t least = UINT64_MAX;
    for (int i = 0; i < READINGS; i++) {
        uint64_t before = mutray__counter(), ns = mutray__now(), after = mutray__counter();
        if (after - before < least) {
            least = after - before;
            best = (struct moment){before + least / 2, ns};
        }
    }
    return best;
}

/* The ticks' length between two moments; 0 if it cannot be told. */
static uint64_t length_of(const struct moment *from, const struct moment *to)
{
    if (to->ticks <= from->ticks || to->ns <= from->ns)
        return 0;
    unsigned __int128 length = ((unsigned __int128)(to->ns - from->ns) << 32) / (to->ticks - from->ticks);
    return length >> 48 == 0 ? (uint64_t)length : 0;
}

static atomic_bool forbidden;

void mutray__clock_forbid(void)
{
    atomic_store(&forbidden, true);
}

static bool was_forbidden_before(void)
{
#ifdef __x86_64__
    int how = PR_TSC_ENABLE; /* valgrind does not see that it is written */
    return prctl(PR_GET_TSC, &how) == 0 && how == PR_TSC_SIGSEGV;
#else
    return false;
#endif
}

int mutray__clock_open(void)
{
    static bool opened;
    int saved_errno = errno;
    if (!opened && was_forbidden_before())
        mutray__clock_forbid();
    if (!opened && !forbidden && has_steady_counter() && kernel_uses_counter()) {
        struct moment first = read_both();
        do
            last = read_both();
        while (last.ns - first.ns < FIRST_NS);
        uint64_t length = length_of(&first, &last);
        if (length != 0)
            atomic_store(&mutray__clock.ns_per_tick, length);
        mutray__clock.is_counter = length != 0;
    }
    opened = true;
    errno = saved_errno;
    return atomic_load(&forbidden) ? -EPERM : 0;
}

void mutray__clock_calibrate(void)
{
    if (!mutray__clock.is_counter)
        return;
    struct moment now = read_both();
    if (now.ns - last.ns < SHORTEST_NS)
        return;
    uint64_t length = length_of(&last, &now), before = atomic_load(&mutray__clock.ns_per_tick);
    if (length > before - before / BELIEVABLE && length < before + before / BELIEVABLE)
        atomic_store(&mutray__clock.ns_per_tick, length);
    last = now;
}

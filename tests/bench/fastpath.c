/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a lock and unlock cost: plain, instrumented but off, at the default rate, and with everything recorded. Prints
 * nanoseconds and the ratio to plain, the least of interleaved rounds; asserts nothing, since times are the machine's.
 *
 *     fastpath [THREADS=1|2]           1: while the process has one thread; 2: after it had another
 *     fastpath THREADS MODE PAIRS      runs one mode, for callgrind to count instructions: the difference of N and 2N
 */
#include "../record/instrumented.h"
#include "record.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROUNDS 15
#define PAIRS 400000

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static struct mutray__lock lock = {"mutex", "mutex", "v mutex", NULL};
static struct mutray__creation creation = {.lock = &lock, .file = "fastpath.c", .line = 1, .flags = 1};
static struct mutray__site sites[] = {SITE(pthread_mutex_lock, &lock, "mutex", 1),
                                      SITE(pthread_mutex_unlock, &lock, "mutex", 2)};
static struct mutray__unit unit = {.abi = MUTRAY__ABI, .site_count = 2, .lock_count = 1, .creation_count = 1,
                                   .sites = sites, .locks = &lock, .creations = &creation, .ops = &module_ops};

static const struct mode {
    const char *name;
    double capture_pct; /* negative: plain */
    unsigned max_frames;
} modes[] = {{"plain", -1, 0}, {"off", 0, 0},     {"0.1%", 0.1, 64},
             {"1%", 1, 64},    {"100%", 100, 64}, {"100% leaf", 100, 0}};
#define MODES (sizeof modes / sizeof *modes)

static __attribute__((noinline)) void plain(long pairs)
{
    for (long i = 0; i < pairs; i++) {
        pthread_mutex_lock(&mutex);
        pthread_mutex_unlock(&mutex);
    }
}

static __attribute__((noinline)) void instrumented(long pairs)
{
    for (long i = 0; i < pairs; i++) {
        at_pthread_mutex_lock(&mutex, &sites[0]);
        at_pthread_mutex_unlock(&mutex, &sites[1]);
    }
}

static void ignore(const struct mutray__sample *sample, void *context)
{
    (void)sample, (void)context;
}

static double run(const struct mode *mode, long pairs)
{
    struct timespec begin, end;
    struct mutray__totals totals;
    struct mutray__record_config config = {.capture_pct = mode->capture_pct, .wait_period_ns = 100000, .upscale = true,
                                           .max_frames = mode->max_frames, .memory_bytes = 64 << 20};
    if (mode->capture_pct > 0 && mutray__record_start(&config) != 0)
        exit(1);
    (mode->capture_pct < 0 ? plain : instrumented)(1000);
    clock_gettime(CLOCK_MONOTONIC, &begin);
    (mode->capture_pct < 0 ? plain : instrumented)(pairs);
    clock_gettime(CLOCK_MONOTONIC, &end);
    mutray__record_stop();
    mutray__record_drain(ignore, NULL, &totals);
    return ((double)(end.tv_sec - begin.tv_sec) * 1e9 + (double)(end.tv_nsec - begin.tv_nsec)) / (double)pairs;
}

static void *nothing(void *argument)
{
    return argument;
}

static int count(const char *name, long pairs)
{
    for (size_t i = 0; i < MODES; i++)
        if (strcmp(modes[i].name, name) == 0)
            return run(&modes[i], pairs) < 0;
    fprintf(stderr, "fastpath: no mode %s\n", name);
    return 2;
}

int main(int argc, char **argv)
{
    double least[MODES];
    pthread_t thread;
    mutray__attach(&unit);
    if (argc < 2 || strcmp(argv[1], "1") != 0) {
        pthread_create(&thread, NULL, nothing, NULL);
        pthread_join(thread, NULL);
    }
    if (argc == 4)
        return count(argv[2], atol(argv[3]));
    for (int round = 0; round < ROUNDS; round++)
        for (size_t i = 0; i < MODES; i++) {
            double ns = run(&modes[i], PAIRS);
            if (round == 0 || ns < least[i])
                least[i] = ns;
        }
    for (size_t i = 0; i < MODES; i++)
        printf("%-10s %7.1f ns  %5.2f\n", modes[i].name, least[i], least[i] / least[0]);
    return 0;
}

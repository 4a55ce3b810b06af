/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How much memory recording takes, with everything recorded. Sizes do not depend on the machine's mood, so they are
 * asserted: 4 KB for a thread that was seen and is idle, 24 KB for one that is busy at many places, and 1 MB for 1,000
 * places and two threads.
 */
#include "../record/instrumented.h"
#include "memory.h"
#include "record.h"

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define THREADS 100
#define SITES 1000
#define BUSY_SITES 40 /* calls of lock, and as many of unlock; each hold falls to one of a few buckets */
#define BUDGET ((size_t)64 << 20)

static struct mutray__lock lock = {"mutex", "mutex", "v mutex", NULL};
static struct mutray__creation creation = {.lock = &lock, .file = "memory.c", .line = 1, .flags = 1};
static struct mutray__site sites[SITES];
static struct mutray__unit unit = {.abi = MUTRAY__ABI, .site_count = SITES, .lock_count = 1, .creation_count = 1,
                                   .sites = sites, .locks = &lock, .creations = &creation, .ops = &module_ops};
static pthread_barrier_t done;
static int failed;

/* The lock is free: waits are kept by who held it, so what contended threads take depends on how they happen to meet. */
static __attribute__((noinline)) void use(int first, int count)
{
    pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
    for (int i = first; i < first + count; i += 2) {
        at_pthread_mutex_lock(&mutex, &sites[i]);
        at_pthread_mutex_unlock(&mutex, &sites[i + 1]);
    }
}

/* Bytes of the reservation that occupy memory: its mapping is the one that holds the arenas. */
static size_t resident(void)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE), pages = BUDGET / page, count = 0;
    unsigned char *there = malloc(pages);
    if (there == NULL || mincore(mutray__names_arena.base, BUDGET, there) != 0)
        exit(2);
    for (size_t i = 0; i < pages; i++)
        count += there[i] & 1;
    free(there);
    return count * page;
}

struct use {
    int sites, rounds;
};

static void *thread(void *argument)
{
    const struct use *how = argument;
    for (int i = 0; i < how->rounds; i++)
        use(0, how->sites);
    pthread_barrier_wait(&done); /* used */
    pthread_barrier_wait(&done); /* measured */
    return NULL;
}

/* What each of many such threads adds. */
static size_t per_thread(struct use how)
{
    pthread_t threads[THREADS];
    pthread_attr_t attributes;
    size_t before = resident();
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, 128 << 10);
    pthread_barrier_init(&done, NULL, THREADS + 1);
    for (int i = 0; i < THREADS; i++)
        if (pthread_create(&threads[i], &attributes, thread, &how) != 0)
            exit(2);
    pthread_barrier_wait(&done);
    size_t after = resident();
    pthread_barrier_wait(&done);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    return (after - before) / THREADS;
}

static void check(const char *what, size_t bytes, size_t limit)
{
    printf("%-40s %8zu bytes (limit %zu)%s\n", what, bytes, limit, bytes <= limit ? "" : "  TOO MANY");
    failed |= bytes > limit;
}

static void ignore(const struct mutray__sample *sample, void *context)
{
    (void)sample, (void)context;
}

int main(void)
{
    struct mutray__record_config config = {.capture_pct = 100, .wait_period_ns = 100000, .upscale = true,
                                           .max_frames = 63, .memory_bytes = BUDGET};
    struct mutray__totals totals;
    for (int i = 0; i < SITES; i++) {
        sites[i] = (struct mutray__site)SITE(pthread_mutex_lock, &lock, "mutex", (unsigned)i);
        if (i % 2 != 0)
            sites[i].what = MUTRAY__FN_pthread_mutex_unlock;
    }
    mutray__attach(&unit);
    if (mutray__record_start(&config) != 0)
        return 2;
    use(0, SITES);
    pthread_t second;
    pthread_barrier_init(&done, NULL, 2);
    if (pthread_create(&second, NULL, thread, &(struct use){SITES, 2}) != 0)
        return 2;
    pthread_barrier_wait(&done);
    check("1,000 places and two threads", resident(), 1 << 20);
    pthread_barrier_wait(&done);
    pthread_join(second, NULL);
    check("a thread that was seen", per_thread((struct use){2, 1}), 4096);
    mutray__record_drain(ignore, NULL, &totals); /* gives their memory back */
    mutray__record_drain(ignore, NULL, &totals);
    check("a busy thread", per_thread((struct use){2 * BUSY_SITES, 100}), 24 << 10);
    mutray__record_stop();
    return failed;
}

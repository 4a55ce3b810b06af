/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A program that does nothing but lock and unlock, for cost.py to build plain and instrumented and to hold one against
 * the other. It knows nothing of mutray.
 *
 *     cost WORKLOAD PAIRS      prints nanoseconds of CPU time for each lock and unlock
 *
 *     alone     one lock, in a process that never had a second thread
 *     one       one lock, in a process that had
 *     many      10,000 locks in turn
 *     deep      one lock, taken 30 calls down
 *     contend   two threads, each on a processor of its own, and one lock that each holds half of the time
 *     met       the same, but prints how many of a hundred acquires find the lock held
 */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define LOCKS 10000
#define DEPTH 30
#define INSIDE 300 /* additions while the lock is held, and as many while it is not: half a microsecond each */

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t locks[LOCKS];
static volatile unsigned long guarded;

static __attribute__((noinline)) void use_one(long pairs)
{
    for (long i = 0; i < pairs; i++) {
        pthread_mutex_lock(&lock);
        pthread_mutex_unlock(&lock);
    }
}

static void use_many(long pairs)
{
    for (long i = 0; i < pairs; i++) {
        pthread_mutex_t *mutex = &locks[i % LOCKS];
        pthread_mutex_lock(mutex);
        pthread_mutex_unlock(mutex);
    }
}

/* The barrier keeps each call a call. */
static __attribute__((noinline)) void use_deep(long pairs, int depth)
{
    if (depth == 0)
        use_one(pairs);
    else
        use_deep(pairs, depth - 1);
    __asm__ volatile("" ::: "memory");
}

struct contender {
    pthread_t thread;
    int processor;
    long pairs, met;
    volatile unsigned long own;
};
static pthread_barrier_t both;

/* On the first or the second of the processors that the program may use. */
static void stay_on(int number)
{
    cpu_set_t allowed, one;
    CPU_ZERO(&one);
    if (sched_getaffinity(0, sizeof allowed, &allowed) != 0)
        return;
    for (int i = 0; i < CPU_SETSIZE; i++)
        if (CPU_ISSET(i, &allowed) && number-- == 0)
            CPU_SET(i, &one);
    if (CPU_COUNT(&one) != 0)
        sched_setaffinity(0, sizeof one, &one);
}

static void *use_contended(void *argument)
{
    struct contender *self = argument;
    stay_on(self->processor);
    pthread_barrier_wait(&both);
    for (long i = 0; i < self->pairs; i++) {
        pthread_mutex_lock(&lock);
        for (int j = 0; j < INSIDE; j++)
            guarded++;
        pthread_mutex_unlock(&lock);
        for (int j = 0; j < INSIDE; j++)
            self->own++;
    }
    return NULL;
}

static void *count_meetings(void *argument)
{
    struct contender *self = argument;
    stay_on(self->processor);
    pthread_barrier_wait(&both);
    for (long i = 0; i < self->pairs; i++) {
        if (pthread_mutex_trylock(&lock) == EBUSY) {
            self->met++;
            pthread_mutex_lock(&lock);
        }
        for (int j = 0; j < INSIDE; j++)
            guarded++;
        pthread_mutex_unlock(&lock);
        for (int j = 0; j < INSIDE; j++)
            self->own++;
    }
    return NULL;
}

/* Returns how many times the lock was found held, if they count that. */
static long contend(long pairs, void *(*use)(void *))
{
    struct contender contenders[2] = {{.processor = 0, .pairs = pairs}, {.processor = 1, .pairs = pairs}};
    pthread_barrier_init(&both, NULL, 2);
    for (int i = 0; i < 2; i++)
        if (pthread_create(&contenders[i].thread, NULL, use, &contenders[i]) != 0)
            exit(1);
    for (int i = 0; i < 2; i++)
        pthread_join(contenders[i].thread, NULL);
    return contenders[0].met + contenders[1].met;
}

static void *nothing(void *argument)
{
    return argument;
}

static double cpu_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

static int work(const char *workload, long pairs)
{
    if (strcmp(workload, "alone") == 0 || strcmp(workload, "one") == 0)
        use_one(pairs);
    else if (strcmp(workload, "many") == 0)
        use_many(pairs);
    else if (strcmp(workload, "deep") == 0)
        use_deep(pairs, DEPTH);
    else if (strcmp(workload, "contend") == 0)
        contend(pairs / 2, use_contended);
    else
        return -1;
    return 0;
}

int main(int argc, char **argv)
{
    pthread_t thread;
    if (argc != 3)
        return 2;
    for (int i = 0; i < LOCKS; i++)
        pthread_mutex_init(&locks[i], NULL);
    if (strcmp(argv[1], "alone") != 0) {
        if (pthread_create(&thread, NULL, nothing, NULL) != 0)
            return 1;
        pthread_join(thread, NULL);
    }
    long pairs = atol(argv[2]);
    if (strcmp(argv[1], "met") == 0) {
        printf("%.3f\n", 100.0 * (double)contend(pairs / 2, count_meetings) / (double)pairs);
        return 0;
    }
    double begin = cpu_ns();
    if (work(argv[1], pairs) != 0) {
        fprintf(stderr, "cost: %s is none of: alone one many deep contend met\n", argv[1]);
        return 2;
    }
    printf("%.3f\n", (cpu_ns() - begin) / (double)pairs);
    return 0;
}

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
 *     contend   two threads and one lock
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define LOCKS 10000
#define DEPTH 30

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

static void *use_contended(void *pairs)
{
    for (long i = *(long *)pairs; i > 0; i--) {
        pthread_mutex_lock(&lock);
        guarded++;
        pthread_mutex_unlock(&lock);
    }
    return NULL;
}

static void contend(long pairs)
{
    pthread_t threads[2];
    for (int i = 0; i < 2; i++)
        if (pthread_create(&threads[i], NULL, use_contended, &pairs) != 0)
            exit(1);
    for (int i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
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
        contend(pairs / 2);
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
    double begin = cpu_ns();
    if (work(argv[1], pairs) != 0) {
        fprintf(stderr, "cost: %s is none of: alone one many deep contend\n", argv[1]);
        return 2;
    }
    printf("%.3f\n", (cpu_ns() - begin) / (double)pairs);
    return 0;
}

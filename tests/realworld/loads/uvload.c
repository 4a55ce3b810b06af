/* SPDX-License-Identifier: Apache-2.0 */
/*
 * uvload JOBS: a bounded, checked load for libuv. So many jobs go through its pool of threads, 32 at a time, each a short
 * piece of work that also counts under a uv_mutex_t; what was counted must be the number of jobs.
 */
#include <stdio.h>
#include <stdlib.h>
#include <uv.h>

enum { AT_ONCE = 32, LENGTH = 8192 };

static uv_mutex_t counted_lock;
static unsigned long wanted, started, counted, finished;

static void work(uv_work_t *job)
{
    unsigned hash = 2166136261u;
    for (unsigned i = 0; i < LENGTH; i++)
        hash = (hash ^ (i & 255)) * 16777619u;
    *(unsigned *)job->data = hash;
    uv_mutex_lock(&counted_lock);
    counted++;
    uv_mutex_unlock(&counted_lock);
}

static void after(uv_work_t *job, int status)
{
    finished += status == 0;
    if (started < wanted && uv_queue_work(job->loop, job, work, after) == 0) started++;
}

int main(int argc, char **argv)
{
    uv_work_t jobs[AT_ONCE];
    unsigned results[AT_ONCE];
    wanted = argc == 2 ? strtoul(argv[1], NULL, 10) : 0;
    if (wanted < AT_ONCE) {
        fprintf(stderr, "usage: uvload JOBS (at least %d)\n", AT_ONCE);
        return 2;
    }
    uv_mutex_init(&counted_lock);
    for (started = 0; started < AT_ONCE; started++) {
        jobs[started].data = &results[started];
        if (uv_queue_work(uv_default_loop(), &jobs[started], work, after) != 0) return 1;
    }
    uv_run(uv_default_loop(), UV_RUN_DEFAULT);
    uv_mutex_destroy(&counted_lock);
    printf("uvload: %lu of %lu jobs\n", finished, wanted);
    return counted != wanted || finished != wanted;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A server that traces its requests tells the profiler which span each of its threads works on, so that waits for locks
 * can be found from the trace, and the trace from the wait. What a tracer does is done by hand here: ids are counted.
 *
 *     mutray cc -- gcc -o spans spans.c -pthread
 *     DD_PROFILING_OUTPUT_PPROF=spans ./spans
 *     go tool pprof -tags spans.*.pprof
 *
 * The header is all it takes: built or run without mutray, the calls of mutray_set_span() do nothing.
 */
#include <mutray/mutray.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <time.h>

#define WORKERS 4
#define REQUESTS 5 /* of each worker */

struct span {
    uint64_t id, local_root;
};

static pthread_mutex_t connection = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t journal = PTHREAD_MUTEX_INITIALIZER;
static atomic_uint_fast64_t last_id;
static unsigned answered;

static struct span begin_span(const struct span *parent)
{
    uint64_t id = ++last_id;
    struct span span = {id, parent != NULL ? parent->local_root : id};
    mutray_set_span(span.id, span.local_root);
    return span;
}

/* The thread is back in the span around, or in none. */
static void end_span(const struct span *parent)
{
    if (parent != NULL)
        mutray_set_span(parent->id, parent->local_root);
    else
        mutray_set_span(0, 0);
}

static void query(const struct span *request)
{
    begin_span(request);
    pthread_mutex_lock(&connection);
    nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
    pthread_mutex_unlock(&connection);
    end_span(request);
}

static void *work(void *unused)
{
    for (int i = 0; i < REQUESTS; i++) {
        struct span request = begin_span(NULL);
        query(&request);
        pthread_mutex_lock(&journal);
        answered++;
        pthread_mutex_unlock(&journal);
        end_span(NULL);
    }
    return unused;
}

int main(void)
{
    pthread_t workers[WORKERS];
    for (int i = 0; i < WORKERS; i++)
        pthread_create(&workers[i], NULL, work, NULL);
    for (int i = 0; i < WORKERS; i++)
        pthread_join(workers[i], NULL);
    pthread_mutex_lock(&journal); /* in no span */
    printf("%u requests\n", answered);
    pthread_mutex_unlock(&journal);
    return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * aprload JOBS: a bounded, checked load for APR: four workers take jobs from a list, in each format a word into a pool of
 * their own that shares an allocator, look it up in a shared table under a read-write lock, and count what they did.
 */
#include <apr_general.h>
#include <apr_hash.h>
#include <apr_pools.h>
#include <apr_strings.h>
#include <apr_thread_cond.h>
#include <apr_thread_mutex.h>
#include <apr_thread_proc.h>
#include <apr_thread_rwlock.h>
#include <stdio.h>
#include <stdlib.h>

enum { WORKERS = 4, WORDS = 1000, AT_ONCE = 64 };

static apr_thread_mutex_t *jobs_lock;
static apr_thread_cond_t *jobs_arrived, *jobs_taken;
static apr_thread_rwlock_t *table_lock;
static apr_hash_t *table;
static apr_pool_t *common;
static unsigned long waiting, done, hits;
static int closed;

static int take(void)
{
    apr_thread_mutex_lock(jobs_lock);
    while (waiting == 0 && !closed)
        apr_thread_cond_wait(jobs_arrived, jobs_lock);
    int got = waiting > 0;
    waiting -= (unsigned long)got;
    apr_thread_cond_signal(jobs_taken);
    apr_thread_mutex_unlock(jobs_lock);
    return got;
}

static void *APR_THREAD_FUNC worker(apr_thread_t *self, void *unused)
{
    apr_pool_t *pool;
    (void)unused;
    for (unsigned long i = 0; take(); i++) {
        if (apr_pool_create(&pool, common) != APR_SUCCESS) return NULL;
        const char *word = NULL;
        for (unsigned n = 0; n < 8; n++)
            word = apr_psprintf(pool, "word number %lu of %s", (i * 31 + n) % WORDS, "the common table");
        apr_thread_rwlock_rdlock(table_lock);
        int hit = apr_hash_get(table, word, APR_HASH_KEY_STRING) != NULL;
        apr_thread_rwlock_unlock(table_lock);
        apr_thread_mutex_lock(jobs_lock);
        done++;
        hits += (unsigned long)hit;
        apr_thread_mutex_unlock(jobs_lock);
        apr_pool_destroy(pool);
    }
    apr_thread_exit(self, APR_SUCCESS);
    return NULL;
}

int main(int argc, char **argv)
{
    apr_thread_t *threads[WORKERS];
    apr_status_t status;
    unsigned long jobs = argc == 2 ? strtoul(argv[1], NULL, 10) : 0;
    if (jobs == 0) {
        fprintf(stderr, "usage: aprload JOBS\n");
        return 2;
    }
    if (apr_initialize() != APR_SUCCESS || apr_pool_create(&common, NULL) != APR_SUCCESS) return 1;
    apr_thread_mutex_create(&jobs_lock, APR_THREAD_MUTEX_DEFAULT, common);
    apr_thread_cond_create(&jobs_arrived, common);
    apr_thread_cond_create(&jobs_taken, common);
    apr_thread_rwlock_create(&table_lock, common);
    table = apr_hash_make(common);
    for (unsigned i = 0; i < WORDS; i++)
        apr_hash_set(table, apr_psprintf(common, "word number %u of %s", i, "the common table"), APR_HASH_KEY_STRING, "");
    for (unsigned i = 0; i < WORKERS; i++)
        if (apr_thread_create(&threads[i], NULL, worker, NULL, common) != APR_SUCCESS) return 1;
    for (unsigned long i = 0; i < jobs; i++) {
        apr_thread_mutex_lock(jobs_lock);
        while (waiting >= AT_ONCE)
            apr_thread_cond_wait(jobs_taken, jobs_lock);
        waiting++;
        apr_thread_cond_signal(jobs_arrived);
        apr_thread_mutex_unlock(jobs_lock);
    }
    apr_thread_mutex_lock(jobs_lock);
    closed = 1;
    apr_thread_cond_broadcast(jobs_arrived);
    apr_thread_mutex_unlock(jobs_lock);
    for (unsigned i = 0; i < WORKERS; i++)
        apr_thread_join(&status, threads[i]);
    printf("aprload: %lu of %lu jobs, %lu words found\n", done, jobs, hits);
    return done != jobs || hits != jobs;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The debug stress test: three simple workloads at once, a profile on disk that is read back at once, and an answer to
 * one question: when names are missing in the UI, is it the collector that lost them, or the way there?
 *
 * Built twice, like production_stress_test.c: `lock_debug_stress_test` and, with STRESS_RECURSIVE,
 * `rlock_debug_stress_test`.
 */
#include "stress.h"

#include <pthread.h>
#include <stdio.h>

#ifdef STRESS_RECURSIVE
#define LOCK_INITIALIZER PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP
#else
#define LOCK_INITIALIZER PTHREAD_MUTEX_INITIALIZER
#endif

/* What kind of mutex the objects are made with. */
static pthread_mutexattr_t lock_class;

static pthread_mutex_t global_database_lock = LOCK_INITIALIZER; /* !CREATE! global_database_lock */

struct ServiceManager {
    pthread_mutex_t auth_lock;
    pthread_mutex_t cache_lock;
};

static void ServiceManager_init(struct ServiceManager *self)
{
    pthread_mutex_init(&self->auth_lock, &lock_class);  /* !CREATE! auth_lock */
    pthread_mutex_init(&self->cache_lock, &lock_class); /* !CREATE! cache_lock */
}

static void ServiceManager_destroy(struct ServiceManager *self)
{
    pthread_mutex_destroy(&self->cache_lock);
    pthread_mutex_destroy(&self->auth_lock);
}

static void ServiceManager_authenticate(struct ServiceManager *self)
{
    pthread_mutex_lock(&self->auth_lock);
    HOLD(auth_lock, 1000);
    pthread_mutex_unlock(&self->auth_lock);
}

static void ServiceManager_update_cache(struct ServiceManager *self)
{
    pthread_mutex_lock(&self->cache_lock);
    HOLD(cache_lock, 1000);
    pthread_mutex_unlock(&self->cache_lock);
}

static void use_local_locks(unsigned worker, unsigned iterations)
{
    (void)worker;
    for (unsigned i = 0; i < iterations && !stress_stopping(); i++) {
        pthread_mutex_t request_lock;
        pthread_mutex_t response_lock;

        pthread_mutex_init(&request_lock, &lock_class);  /* !CREATE! request_lock */
        pthread_mutex_init(&response_lock, &lock_class); /* !CREATE! response_lock */

        pthread_mutex_lock(&request_lock);
        HOLD(request_lock, 1000);
        pthread_mutex_unlock(&request_lock);

        pthread_mutex_lock(&response_lock);
        HOLD(response_lock, 1000);
        pthread_mutex_unlock(&response_lock);

        pthread_mutex_destroy(&response_lock);
        pthread_mutex_destroy(&request_lock);
    }
}

static void use_class_locks(unsigned worker, unsigned iterations)
{
    struct ServiceManager manager;

    (void)worker;
    ServiceManager_init(&manager);
    for (unsigned i = 0; i < iterations && !stress_stopping(); i++) {
        ServiceManager_authenticate(&manager);
        ServiceManager_update_cache(&manager);
    }
    ServiceManager_destroy(&manager);
}

static void use_global_lock(unsigned worker, unsigned iterations)
{
    (void)worker;
    for (unsigned i = 0; i < iterations && !stress_stopping(); i++) {
        pthread_mutex_lock(&global_database_lock);
        HOLD_SHARED(global_database_lock, 1000);
        pthread_mutex_unlock(&global_database_lock);
    }
}

static const struct stress_phase phases[] = {
    {.title = "LocalLocks", .work = use_local_locks, .locks = "request_lock response_lock"},
    {.title = "ClassLocks", .work = use_class_locks, .locks = "auth_lock cache_lock"},
    {.title = "GlobalLock",
     .work = use_global_lock,
     .locks = "global_database_lock",
     .contended = "global_database_lock"},
    {.title = NULL},
};

static const struct stress_suite suite = {
#ifdef STRESS_RECURSIVE
    .program = "rlock_debug_stress_test",
    .headline = "RLock Debug Stress Test: local profile and upload",
    .service = "rlock-debug-stress-test",
    .recursive = true,
#else
    .program = "lock_debug_stress_test",
    .headline = "Lock Debug Stress Test: local profile and upload",
    .service = "lock-debug-stress-test",
#endif
    .env = "debug",
    .defaults = {.duration = 30, .workers = 4},
    .local_files = true,
    .iterations = 20,
    .source = __FILE__,
    .phases = phases,
};

int main(int argc, char **argv)
{
    struct stress_options options;

    (void)argc;
    stress_begin(&suite, argv, &options);
    pthread_mutexattr_init(&lock_class);
    if (suite.recursive) pthread_mutexattr_settype(&lock_class, PTHREAD_MUTEX_RECURSIVE);
    return stress_finish(&suite, &options, stress_run_together(&suite, &options));
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The production stress test: what a service does with its locks, in every shape that a lock's name can have.
 *
 * Built twice: `lock_production_stress_test` on plain mutexes, and with STRESS_RECURSIVE `rlock_production_stress_test`
 * on recursive ones, with one phase more. Like any program that mutray is meant for, it consists of structures with
 * mutexes in them and functions that lock them; nothing here was written for a profiler, except that each section
 * sleeps through HOLD so that it is counted, and that each creation is marked for the verifier (!CREATE! and the
 * variable).
 */
#include "stress.h"

#include <pthread.h>
#include <stdio.h>

/* What kind of mutex the objects are made with. */
static pthread_mutexattr_t lock_class;

static pthread_mutex_t global_user_session_lock;
static pthread_mutex_t global_cache_lock;
static pthread_mutex_t global_database_lock;

/* --- UserManager: named members --- */

struct UserManager {
    pthread_mutex_t user_session_lock;
    pthread_mutex_t user_cache_lock;
    pthread_mutex_t login_attempts_lock;
};

static struct UserManager shared_manager;

static void UserManager_init(struct UserManager *self)
{
    pthread_mutex_init(&self->user_session_lock, &lock_class);   /* !CREATE! user_session_lock */
    pthread_mutex_init(&self->user_cache_lock, &lock_class);     /* !CREATE! user_cache_lock */
    pthread_mutex_init(&self->login_attempts_lock, &lock_class); /* !CREATE! login_attempts_lock */
}

static void UserManager_destroy(struct UserManager *self)
{
    pthread_mutex_destroy(&self->login_attempts_lock);
    pthread_mutex_destroy(&self->user_cache_lock);
    pthread_mutex_destroy(&self->user_session_lock);
}

static void UserManager_authenticate_user(struct UserManager *self, unsigned times)
{
    for (unsigned i = 0; i < times; i++) {
        pthread_mutex_lock(&self->user_session_lock);
        HOLD(user_session_lock, 1000);
        pthread_mutex_unlock(&self->user_session_lock);
    }
}

static void UserManager_update_cache(struct UserManager *self, unsigned times)
{
    for (unsigned i = 0; i < times; i++) {
        pthread_mutex_lock(&self->user_cache_lock);
        HOLD(user_cache_lock, 500);
        pthread_mutex_unlock(&self->user_cache_lock);
    }
}

/* Takes the lock again that its caller holds. */
static void UserManager_validate_attempt(struct UserManager *self)
{
    pthread_mutex_lock(&self->login_attempts_lock);
    HOLD_AGAIN(login_attempts_lock, 500);
    pthread_mutex_unlock(&self->login_attempts_lock);
}

static void UserManager_track_login_attempts(struct UserManager *self, unsigned times)
{
    for (unsigned i = 0; i < times; i++) {
        pthread_mutex_lock(&self->login_attempts_lock);
        HOLD_AROUND(login_attempts_lock, 500);
        UserManager_validate_attempt(self);
        pthread_mutex_unlock(&self->login_attempts_lock);
    }
}

/* --- CacheManager: more members, one of them private --- */

struct CacheManager {
    pthread_mutex_t cache_read_lock;
    pthread_mutex_t cache_write_lock;
    pthread_mutex_t _internal_lock;
};

static void CacheManager_init(struct CacheManager *self)
{
    pthread_mutex_init(&self->cache_read_lock, &lock_class);  /* !CREATE! cache_read_lock */
    pthread_mutex_init(&self->cache_write_lock, &lock_class); /* !CREATE! cache_write_lock */
    pthread_mutex_init(&self->_internal_lock, &lock_class);   /* !CREATE! _internal_lock */
}

static void CacheManager_destroy(struct CacheManager *self)
{
    pthread_mutex_destroy(&self->_internal_lock);
    pthread_mutex_destroy(&self->cache_write_lock);
    pthread_mutex_destroy(&self->cache_read_lock);
}

static void CacheManager_read_cache(struct CacheManager *self, unsigned times)
{
    for (unsigned i = 0; i < times; i++) {
        pthread_mutex_lock(&self->cache_read_lock);
        HOLD(cache_read_lock, 300);
        pthread_mutex_unlock(&self->cache_read_lock);
    }
}

static void CacheManager_write_cache(struct CacheManager *self, unsigned times)
{
    for (unsigned i = 0; i < times; i++) {
        pthread_mutex_lock(&self->cache_write_lock);
        HOLD(cache_write_lock, 2000);
        pthread_mutex_unlock(&self->cache_write_lock);
    }
}

static void CacheManager_internal_operation(struct CacheManager *self, unsigned times)
{
    for (unsigned i = 0; i < times; i++) {
        pthread_mutex_lock(&self->_internal_lock);
        HOLD(_internal_lock, 500);
        pthread_mutex_unlock(&self->_internal_lock);
    }
}

/* --- DatabaseConnection: locks of its own, and those of an object inside it --- */

struct DatabaseConnection {
    pthread_mutex_t connection_pool_lock;
    pthread_mutex_t query_lock;
    struct UserManager user_manager;
};

static void DatabaseConnection_init(struct DatabaseConnection *self)
{
    pthread_mutex_init(&self->connection_pool_lock, &lock_class); /* !CREATE! connection_pool_lock */
    pthread_mutex_init(&self->query_lock, &lock_class);           /* !CREATE! query_lock */
    UserManager_init(&self->user_manager);
}

static void DatabaseConnection_destroy(struct DatabaseConnection *self)
{
    UserManager_destroy(&self->user_manager);
    pthread_mutex_destroy(&self->query_lock);
    pthread_mutex_destroy(&self->connection_pool_lock);
}

static void DatabaseConnection_execute_query(struct DatabaseConnection *self, unsigned times)
{
    for (unsigned i = 0; i < times; i++) {
        pthread_mutex_lock(&self->query_lock);
        HOLD(query_lock, 1000);
        pthread_mutex_unlock(&self->query_lock);
    }
}

static void DatabaseConnection_get_connection(struct DatabaseConnection *self, unsigned times)
{
    for (unsigned i = 0; i < times; i++) {
        pthread_mutex_lock(&self->connection_pool_lock);
        HOLD(connection_pool_lock, 2000);
        pthread_mutex_unlock(&self->connection_pool_lock);
    }
}

static void DatabaseConnection_execute_with_user_auth(struct DatabaseConnection *self, unsigned times)
{
    for (unsigned i = 0; i < times; i++) {
        pthread_mutex_lock(&self->user_manager.user_session_lock);
        HOLD(user_session_lock, 1000);
        pthread_mutex_unlock(&self->user_manager.user_session_lock);
    }
}

/* --- The phases' work. Each call does a number of iterations, and leaves early when the run is being stopped. --- */

static void use_local_named_locks(unsigned worker, unsigned iterations)
{
    (void)worker;
    for (unsigned i = 0; i < iterations && !stress_stopping(); i++) {
        pthread_mutex_t request_lock;
        pthread_mutex_t response_lock;

        pthread_mutex_init(&request_lock, &lock_class);  /* !CREATE! request_lock */
        pthread_mutex_init(&response_lock, &lock_class); /* !CREATE! response_lock */

        pthread_mutex_lock(&request_lock);
        HOLD(request_lock, 500);
        pthread_mutex_unlock(&request_lock);

        pthread_mutex_lock(&response_lock);
        HOLD(response_lock, 500);
        pthread_mutex_unlock(&response_lock);

        stress_sleep(1000);
        pthread_mutex_destroy(&response_lock);
        pthread_mutex_destroy(&request_lock);
    }
}

static void use_global_locks(unsigned worker, unsigned iterations)
{
    (void)worker;
    for (unsigned i = 0; i < iterations && !stress_stopping(); i++) {
        pthread_mutex_lock(&global_user_session_lock);
        HOLD_SHARED(global_user_session_lock, 1000);
        pthread_mutex_unlock(&global_user_session_lock);

        pthread_mutex_lock(&global_cache_lock);
        HOLD_SHARED(global_cache_lock, 1000);
        pthread_mutex_unlock(&global_cache_lock);

        if (i % 5 == 0) {
            pthread_mutex_lock(&global_database_lock);
            HOLD_SHARED(global_database_lock, 2000);
            pthread_mutex_unlock(&global_database_lock);
        }
    }
}

static void use_class_member_locks(unsigned worker, unsigned iterations)
{
    struct UserManager user_manager;
    struct CacheManager cache_manager;

    (void)worker;
    UserManager_init(&user_manager);
    CacheManager_init(&cache_manager);
    for (unsigned i = 0; i < iterations && !stress_stopping(); i++) {
        UserManager_authenticate_user(&user_manager, 5);
        UserManager_update_cache(&user_manager, 5);
        CacheManager_read_cache(&cache_manager, 5);
        if (i % 3 == 0) CacheManager_write_cache(&cache_manager, 2);
    }
    CacheManager_destroy(&cache_manager);
    UserManager_destroy(&user_manager);
}

static void use_nested_class_locks(unsigned worker, unsigned iterations)
{
    struct DatabaseConnection connection;

    (void)worker;
    DatabaseConnection_init(&connection);
    for (unsigned i = 0; i < iterations && !stress_stopping(); i++) {
        DatabaseConnection_execute_query(&connection, 5);
        DatabaseConnection_get_connection(&connection, 3);
        DatabaseConnection_execute_with_user_auth(&connection, 3);
    }
    DatabaseConnection_destroy(&connection);
}

static void use_reentrant_locks(unsigned worker, unsigned iterations)
{
    struct UserManager user_manager;

    (void)worker;
    UserManager_init(&user_manager);
    for (unsigned i = 0; i < iterations && !stress_stopping(); i++) {
        UserManager_track_login_attempts(&user_manager, 10);
    }
    UserManager_destroy(&user_manager);
}

static void use_private_member_locks(unsigned worker, unsigned iterations)
{
    struct CacheManager cache_manager;

    (void)worker;
    CacheManager_init(&cache_manager);
    for (unsigned i = 0; i < iterations && !stress_stopping(); i++) {
        CacheManager_internal_operation(&cache_manager, 10);
    }
    CacheManager_destroy(&cache_manager);
}

static void use_contended_locks(unsigned worker, unsigned iterations)
{
    (void)worker;
    for (unsigned i = 0; i < iterations && !stress_stopping(); i++) {
        pthread_mutex_lock(&shared_manager.user_session_lock);
        HOLD_SHARED(user_session_lock, 5000);
        pthread_mutex_unlock(&shared_manager.user_session_lock);
    }
}

static const struct stress_phase phases[] = {
    {.title = "Local Named Locks", .work = use_local_named_locks, .locks = "request_lock response_lock"},
    {.title = "Global Named Locks",
     .work = use_global_locks,
     .locks = "global_user_session_lock global_cache_lock global_database_lock"},
    {.title = "Class Member Locks",
     .work = use_class_member_locks,
     .locks = "user_session_lock user_cache_lock cache_read_lock cache_write_lock"},
    {.title = "Nested Class Locks",
     .work = use_nested_class_locks,
     .locks = "query_lock connection_pool_lock user_session_lock"},
    {.title = "Reentrant Lock Patterns",
     .work = use_reentrant_locks,
     .locks = "login_attempts_lock",
     .recursive_only = true},
    {.title = "Private Member Locks", .work = use_private_member_locks, .locks = "_internal_lock"},
    {.title = "High Contention (Named Locks)",
     .work = use_contended_locks,
     .locks = "user_session_lock",
     .contended = "user_session_lock"},
    {.title = NULL},
};

static const struct stress_suite suite = {
#ifdef STRESS_RECURSIVE
    .program = "rlock_production_stress_test",
    .headline = "RLock Production Stress Test: are recursive mutexes named in the profile?",
    .service = "rlock-production-stress-test",
    .recursive = true,
#else
    .program = "lock_production_stress_test",
    .headline = "Lock Production Stress Test: are mutexes named in the profile?",
    .service = "lock-production-stress-test",
#endif
    .env = "stress-test",
    .defaults = {.duration = 120, .workers = 8},
    .iterations = 10,
    .source = __FILE__,
    .phases = phases,
};

static void create_shared_locks(void)
{
    pthread_mutexattr_init(&lock_class);
    if (suite.recursive) pthread_mutexattr_settype(&lock_class, PTHREAD_MUTEX_RECURSIVE);
    UserManager_init(&shared_manager);
    pthread_mutex_init(&global_user_session_lock, &lock_class); /* !CREATE! global_user_session_lock */
    pthread_mutex_init(&global_cache_lock, &lock_class);        /* !CREATE! global_cache_lock */
    pthread_mutex_init(&global_database_lock, &lock_class);     /* !CREATE! global_database_lock */
}

int main(int argc, char **argv)
{
    struct stress_options options;

    (void)argc;
    stress_begin(&suite, argv, &options);
    create_shared_locks();
    return stress_finish(&suite, &options, stress_run_in_turn(&suite, &options));
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Random operations on locks of all types, the same for the same seed. Prints a digest of everything the functions said:
 * results, errno, and the final state of each lock; with a third argument, every step. Built plain and through mutray,
 * both must print the same. Usage: differential SEED STEPS [trace]
 *
 * One thread, so that all is determined, and never one that would wait for itself: the model knows what is held. Another
 * one only wakes waits without a time limit; libc and mutray take short cuts in a process that never had two.
 */
#include "survive.h"

#include <stdint.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <threads.h>
#include <time.h>

enum type { NORMAL, RECURSIVE, ERRORCHECK, ADAPTIVE, ROBUST, ROBUST_ERRORCHECK, ROBUST_RECURSIVE, INHERIT, PROTECT,
            SHARED, INHERIT_ROBUST, TYPES };
#define EACH 2 /* locks of each type */
#define MUTEXES (TYPES * EACH)
#define OTHERS 3

struct lock {
    enum type type;
    unsigned depth;
    int unrecoverable, inconsistent;
};

/* In shared memory, for the process that dies with a lock. */
static struct shared {
    pthread_mutex_t mutexes[MUTEXES];
    pthread_rwlock_t rwlocks[OTHERS];
    pthread_spinlock_t spins[OTHERS];
    mtx_t mtxs[OTHERS];
} *shared;

static struct lock locks[MUTEXES];
static int readers[OTHERS], writer[OTHERS], spun[OTHERS], mtx_depth[OTHERS];
static pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
static cnd_t c11_condition;
static pthread_cond_t awaited = PTHREAD_COND_INITIALIZER; /* is signalled all the time */
static cnd_t c11_awaited;
static const int mtx_types[OTHERS] = {mtx_plain, mtx_timed, mtx_timed | mtx_recursive};
static const struct timespec past = {1, 0}, negative = {1, -1}, large = {1, 1000000000}, distant = {(time_t)1 << 40, 0};

static uint64_t state, digest = 14695981039346656037u;
static unsigned long step, traced;

static unsigned draw(unsigned below)
{
    state = state * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)((state >> 33) % below);
}

static void note(const char *what, unsigned which, int result)
{
    int error = errno;
    digest = (digest ^ (uint64_t)(unsigned)result) * 1099511628211u;
    digest = (digest ^ (uint64_t)(unsigned)error) * 1099511628211u;
    if (traced)
        printf("%lu %s %u: %d errno %d\n", step, what, which, result, error);
    errno = (int)(step % 100); /* whatever it is, it must stay */
}

static int is_robust(enum type type)
{
    return type == ROBUST || type == ROBUST_ERRORCHECK || type == ROBUST_RECURSIVE || type == INHERIT_ROBUST;
}

static void make_mutex(unsigned i)
{
    static const int kinds[TYPES] = {
        [RECURSIVE] = PTHREAD_MUTEX_RECURSIVE, [ERRORCHECK] = PTHREAD_MUTEX_ERRORCHECK,
        [ADAPTIVE] = PTHREAD_MUTEX_ADAPTIVE_NP, [ROBUST_ERRORCHECK] = PTHREAD_MUTEX_ERRORCHECK,
        [ROBUST_RECURSIVE] = PTHREAD_MUTEX_RECURSIVE,
    };
    enum type type = (enum type)(i % TYPES);
    pthread_mutexattr_t attributes;
    pthread_mutexattr_init(&attributes);
    pthread_mutexattr_settype(&attributes, kinds[type]);
    if (is_robust(type))
        pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
    if (is_robust(type) || type == SHARED)
        pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
    if (type == INHERIT || type == INHERIT_ROBUST)
        pthread_mutexattr_setprotocol(&attributes, PTHREAD_PRIO_INHERIT);
    if (type == PROTECT)
        pthread_mutexattr_setprotocol(&attributes, PTHREAD_PRIO_PROTECT);
    locks[i] = (struct lock){.type = type};
    note("init", i, pthread_mutex_init(&shared->mutexes[i], &attributes));
    pthread_mutexattr_destroy(&attributes);
}

/* What a result says about the lock. Returns it. */
static int acquired(struct lock *lock, int result)
{
    if (result == 0 || result == EOWNERDEAD)
        lock->depth++;
    lock->inconsistent |= result == EOWNERDEAD;
    return result;
}

/* Whether a blocking acquire by the thread that holds the lock would never return. */
static int would_block(const struct lock *lock)
{
    return lock->depth > 0 && lock->type != RECURSIVE && lock->type != ROBUST_RECURSIVE && lock->type != ERRORCHECK &&
           lock->type != ROBUST_ERRORCHECK;
}

/* False if it could not be released. */
static int release(unsigned i)
{
    struct lock *lock = &locks[i];
    int checks = is_robust(lock->type) || lock->type == RECURSIVE || lock->type == ERRORCHECK || lock->type == INHERIT;
    if (lock->depth == 0 && !checks)
        return 0; /* undefined */
    int result = pthread_mutex_unlock(&shared->mutexes[i]);
    if (result == 0 && lock->depth > 0 && --lock->depth == 0 && lock->inconsistent)
        lock->unrecoverable = 1;
    note("unlock", i, result);
    return result == 0;
}

static void abandon(unsigned i)
{
    int status;
    if (!is_robust(locks[i].type) || locks[i].depth > 0 || draw(8) != 0)
        return;
    pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) {
        pthread_mutex_lock(&shared->mutexes[i]);
        _exit(0);
    }
    CHECK(waitpid(child, &status, 0) == child && status == 0);
    note("abandoned", i, 0);
}

static void wait_on(unsigned i)
{
    struct lock *lock = &locks[i];
    pthread_mutex_t *mutex = &shared->mutexes[i];
    const struct timespec *times[] = {&past, &negative, &large};
    const struct timespec *time = times[draw(3)];
    /* More than one level would stay locked while it waits, and others are not allowed to wait at all. */
    if (lock->depth != 1 || lock->inconsistent || lock->type == PROTECT)
        return;
    if (draw(64) == 0)
        note("wait", i, pthread_cond_wait(&awaited, mutex));
    else if (draw(2))
        note("timedwait", i, pthread_cond_timedwait(&condition, mutex, time));
    else
        note("clockwait", i, pthread_cond_clockwait(&condition, mutex, draw(2) ? CLOCK_MONOTONIC : CLOCK_REALTIME, time));
}

static void consistent(unsigned i)
{
    int result = pthread_mutex_consistent(&shared->mutexes[i]);
    if (result == 0)
        locks[i].inconsistent = 0;
    note("consistent", i, result);
}

/* What nobody can recover is only good for being destroyed: glibc's try would spoil the thread's list of such locks. */
static void replace(unsigned i)
{
    note("unrecoverable", i, pthread_mutex_lock(&shared->mutexes[i]));
    note("unrecoverable", i, pthread_mutex_timedlock(&shared->mutexes[i], &past));
    note("destroy", i, pthread_mutex_destroy(&shared->mutexes[i]));
    make_mutex(i);
}

static void mutex_step(void)
{
    unsigned i = draw(MUTEXES);
    struct lock *lock = &locks[i];
    pthread_mutex_t *mutex = &shared->mutexes[i];
    int blocks = would_block(lock);
    const struct timespec *times[] = {&past, &negative, &large, &distant};
    const struct timespec *time = times[draw(blocks ? 3 : 4)];
    if (lock->unrecoverable) {
        replace(i);
        return;
    }
    if (blocks && (lock->type == INHERIT || lock->type == INHERIT_ROBUST))
        time = &past; /* with a malformed one glibc never returns from its own deadlock */
    switch (draw(12)) {
    case 0:
    case 1:
        if (!blocks)
            note("lock", i, acquired(lock, pthread_mutex_lock(mutex)));
        break;
    case 2:
        note("trylock", i, acquired(lock, pthread_mutex_trylock(mutex)));
        break;
    case 3:
        note("timedlock", i, acquired(lock, pthread_mutex_timedlock(mutex, time)));
        break;
    case 4:
        note("clocklock", i, acquired(lock, pthread_mutex_clocklock(mutex, (clockid_t)draw(4), time)));
        break;
    case 5:
        wait_on(i);
        break;
    case 6:
        abandon(i);
        break;
    case 7:
        if (lock->inconsistent && lock->depth > 0)
            consistent(i);
        break;
    case 8:
        if (lock->depth == 0 && draw(4) == 0) {
            note("destroy", i, pthread_mutex_destroy(mutex));
            make_mutex(i);
        }
        break;
    default:
        release(i);
    }
}

static void rwlock_step(void)
{
    unsigned i = draw(OTHERS);
    pthread_rwlock_t *rwlock = &shared->rwlocks[i];
    const struct timespec *times[] = {&past, &negative, &large};
    const struct timespec *time = times[draw(3)];
    int result = -1;
    switch (draw(11)) {
    case 0:
        readers[i] += (result = pthread_rwlock_rdlock(rwlock)) == 0; /* of one's own write lock: EDEADLK */
        break;
    case 1:
        readers[i] += (result = pthread_rwlock_tryrdlock(rwlock)) == 0;
        break;
    case 2:
        readers[i] += (result = pthread_rwlock_timedrdlock(rwlock, time)) == 0;
        break;
    case 3:
        readers[i] += (result = pthread_rwlock_clockrdlock(rwlock, (clockid_t)draw(4), time)) == 0;
        break;
    case 4:
        writer[i] += readers[i] == 0 && (result = pthread_rwlock_wrlock(rwlock)) == 0;
        break;
    case 5:
        writer[i] += (result = pthread_rwlock_trywrlock(rwlock)) == 0;
        break;
    case 6:
        writer[i] += (result = pthread_rwlock_timedwrlock(rwlock, time)) == 0;
        break;
    case 7:
        writer[i] += (result = pthread_rwlock_clockwrlock(rwlock, (clockid_t)draw(4), time)) == 0;
        break;
    case 8:
        if (readers[i] + writer[i] == 0) {
            result = pthread_rwlock_destroy(rwlock);
            pthread_rwlock_init(rwlock, NULL);
        }
        break;
    default:
        if (readers[i] + writer[i] == 0)
            return;
        result = pthread_rwlock_unlock(rwlock);
        writer[i] > 0 ? writer[i]-- : readers[i]--;
    }
    note("rwlock", i, result);
}

static void spin_step(void)
{
    unsigned i = draw(OTHERS);
    pthread_spinlock_t *spin = &shared->spins[i];
    int result = -1;
    if (spun[i] && draw(3) != 0) {
        result = pthread_spin_unlock(spin);
        spun[i] = 0;
    } else if (spun[i] || draw(2)) {
        spun[i] |= (result = pthread_spin_trylock(spin)) == 0;
    } else if (draw(4) == 0) {
        result = pthread_spin_destroy(spin);
        pthread_spin_init(spin, PTHREAD_PROCESS_SHARED);
    } else {
        spun[i] = (result = pthread_spin_lock(spin)) == 0;
    }
    note("spin", i, result);
}

static void mtx_step(void)
{
    unsigned i = draw(OTHERS);
    mtx_t *mtx = &shared->mtxs[i];
    const struct timespec *times[] = {&past, &negative, &large};
    const struct timespec *time = times[draw(3)];
    int result = -1, recursive = (mtx_types[i] & mtx_recursive) != 0;
    switch (draw(6)) {
    case 0:
        if (mtx_depth[i] == 0 || recursive)
            mtx_depth[i] += (result = mtx_lock(mtx)) == thrd_success;
        break;
    case 1:
        mtx_depth[i] += (result = mtx_trylock(mtx)) == thrd_success;
        break;
    case 2:
        if (mtx_types[i] & mtx_timed)
            mtx_depth[i] += (result = mtx_timedlock(mtx, time)) == thrd_success;
        break;
    case 3:
        if (mtx_depth[i] == 1)
            result = draw(64) == 0 ? cnd_wait(&c11_awaited, mtx) : cnd_timedwait(&c11_condition, mtx, time);
        if (mtx_depth[i] == 0 && draw(4) == 0) {
            mtx_destroy(mtx);
            result = mtx_init(mtx, mtx_types[i]);
        }
        break;
    default:
        if (mtx_depth[i] > 0) {
            result = mtx_unlock(mtx);
            mtx_depth[i]--;
        }
    }
    note("mtx", i, result);
}

static void *wake(void *unused)
{
    for (;;) {
        pthread_cond_broadcast(&awaited);
        cnd_broadcast(&c11_awaited);
        usleep(20);
    }
    return unused;
}

static void make_all(void)
{
    pthread_t thread;
    CHECK(cnd_init(&c11_awaited) == thrd_success);
    CHECK(pthread_create(&thread, NULL, wake, NULL) == 0);
    shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    CHECK(shared != MAP_FAILED);
    for (unsigned i = 0; i < MUTEXES; i++)
        make_mutex(i);
    for (unsigned i = 0; i < OTHERS; i++) {
        note("rwlock_init", i, pthread_rwlock_init(&shared->rwlocks[i], NULL));
        note("spin_init", i, pthread_spin_init(&shared->spins[i], PTHREAD_PROCESS_SHARED));
        note("mtx_init", i, mtx_init(&shared->mtxs[i], mtx_types[i]));
    }
    CHECK(cnd_init(&c11_condition) == thrd_success);
}

/* Whether each lock is free in the end is asked of it; and again after everything was released. */
static void tell_final_states(void)
{
    for (unsigned i = 0; i < MUTEXES; i++) {
        while (locks[i].depth > 0 && release(i))
            ;
        if (locks[i].unrecoverable)
            replace(i);
        note("final", i, pthread_mutex_trylock(&shared->mutexes[i]));
    }
    for (unsigned i = 0; i < OTHERS; i++) {
        note("final", i, pthread_rwlock_trywrlock(&shared->rwlocks[i]));
        note("final", i, pthread_spin_trylock(&shared->spins[i]));
        note("final", i, mtx_trylock(&shared->mtxs[i]));
    }
}

int main(int argc, char **argv)
{
    static void (*const steps[])(void) = {mutex_step, mutex_step, mutex_step, rwlock_step, spin_step, mtx_step};
    CHECK(argc > 2);
    unsigned long count = strtoul(argv[2], NULL, 10);
    state = strtoull(argv[1], NULL, 10);
    traced = argc > 3;
    make_all();
    for (step = 0; step < count; step++)
        steps[draw(sizeof steps / sizeof *steps)]();
    tell_final_states();
    printf("%016llx\n", (unsigned long long)digest);
    return 0;
}

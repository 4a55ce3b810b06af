/* Every lock function of the C library, and condition waits. */
/* flags: -D_GNU_SOURCE */
/* also: -D_GNU_SOURCE -std=gnu11 -O2 */
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <threads.h>
#include <time.h>

struct all {
    pthread_mutex_t mutex;
    pthread_rwlock_t table;
    pthread_spinlock_t spin;
    mtx_t plain;
    pthread_cond_t changed;
    cnd_t done;
};

static struct all all;
static const struct timespec past = {1, 0};

static int mutexes(struct all *a)
{
    int e = pthread_mutex_init(&a->mutex, NULL) + pthread_mutex_lock(&a->mutex) + pthread_mutex_unlock(&a->mutex);
    e += pthread_mutex_trylock(&a->mutex) + (pthread_mutex_timedlock(&a->mutex, &past) == ETIMEDOUT);
    e += pthread_mutex_clocklock(&a->mutex, CLOCK_MONOTONIC, &past) == ETIMEDOUT;
    pthread_cond_init(&a->changed, NULL);
    e += pthread_cond_timedwait(&a->changed, &a->mutex, &past) == ETIMEDOUT;
    e += pthread_cond_clockwait(&a->changed, &a->mutex, CLOCK_MONOTONIC, &past) == ETIMEDOUT;
    if (e == 0) e += pthread_cond_wait(&a->changed, &a->mutex);
    return e + pthread_mutex_unlock(&a->mutex) + pthread_mutex_destroy(&a->mutex);
}

static int tables(struct all *a)
{
    int e = pthread_rwlock_init(&a->table, NULL) + pthread_rwlock_rdlock(&a->table) + pthread_rwlock_tryrdlock(&a->table);
    e += pthread_rwlock_timedrdlock(&a->table, &past) + pthread_rwlock_clockrdlock(&a->table, CLOCK_REALTIME, &past);
    for (int i = 0; i < 4; i++) e += pthread_rwlock_unlock(&a->table);
    e += pthread_rwlock_wrlock(&a->table) + (pthread_rwlock_trywrlock(&a->table) == EBUSY);
    e += pthread_rwlock_unlock(&a->table) + pthread_rwlock_timedwrlock(&a->table, &past);
    e += pthread_rwlock_unlock(&a->table) + pthread_rwlock_clockwrlock(&a->table, CLOCK_REALTIME, &past);
    return e + pthread_rwlock_unlock(&a->table) + pthread_rwlock_destroy(&a->table);
}

static int spins(struct all *a)
{
    int e = pthread_spin_init(&a->spin, PTHREAD_PROCESS_PRIVATE) + pthread_spin_lock(&a->spin);
    e += (pthread_spin_trylock(&a->spin) == EBUSY) + pthread_spin_unlock(&a->spin);
    return e + pthread_spin_destroy(&a->spin);
}

static int standard(struct all *a)
{
    int e = mtx_init(&a->plain, mtx_timed) + mtx_lock(&a->plain) + (mtx_trylock(&a->plain) == thrd_busy);
    e += (mtx_timedlock(&a->plain, &past) == thrd_timedout) + cnd_init(&a->done);
    e += cnd_timedwait(&a->done, &a->plain, &past) == thrd_timedout;
    if (e == 0) e += cnd_wait(&a->done, &a->plain);
    e += mtx_unlock(&a->plain);
    mtx_destroy(&a->plain);
    return e;
}

int main(void)
{
    printf("%d %d %d %d\n", mutexes(&all), tables(&all), spins(&all), standard(&all));
    return 0;
}

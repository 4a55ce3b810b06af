/* Locks whose type is that of something else. */
#include <pthread.h>
#include <stdio.h>

static pthread_mutex_t model = PTHREAD_MUTEX_INITIALIZER;
static __typeof__(model) like = PTHREAD_MUTEX_INITIALIZER;
static __typeof__(pthread_rwlock_t) named = PTHREAD_RWLOCK_INITIALIZER;
static __typeof__(pthread_mutex_t) several[2] = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_MUTEX_INITIALIZER};
static __typeof__(several) as_many = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_MUTEX_INITIALIZER};

struct queue {
    int items;
    __typeof__(model) lock;
};
static __typeof__(struct queue) queue = {.lock = PTHREAD_MUTEX_INITIALIZER};
static __typeof__(queue) queues[2];

static void take(__typeof__(&model) m)
{
    pthread_mutex_lock(m);
    pthread_mutex_unlock(m);
}

int main(void)
{
    __typeof__(&like) pointer = &like;
    __typeof__(model) local = PTHREAD_MUTEX_INITIALIZER;
    pthread_mutex_lock(&model);
    pthread_mutex_unlock(&model);
    pthread_mutex_lock(pointer);
    pthread_mutex_unlock(&like);
    pthread_rwlock_rdlock(&named);
    pthread_rwlock_unlock(&named);
    for (int i = 0; i < 2; i++) {
        pthread_mutex_lock(&several[i]);
        pthread_mutex_unlock(several + i);
        pthread_mutex_lock(&as_many[i]);
        pthread_mutex_unlock(&as_many[i]);
        pthread_mutex_lock(&queues[i].lock);
        pthread_mutex_unlock(&queues[i].lock);
    }
    pthread_mutex_lock(&queue.lock);
    pthread_mutex_unlock(&queue.lock);
    pthread_mutex_lock(&local);
    pthread_mutex_unlock(&local);
    take(&like);
    puts("done");
    return 0;
}

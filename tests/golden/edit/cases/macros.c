/* Calls that come from macros: each use has its own site, however deep the macros are. */
#include <pthread.h>
#include <stdio.h>

#define LOCK(m) pthread_mutex_lock(m)
#define UNLOCK(m) \
    do {          \
        int error_ = pthread_mutex_unlock(m); \
        errors += error_;                     \
    } while (0)
#define WITH(m, body) \
    LOCK(m);          \
    body;             \
    UNLOCK(m)
#define APPLY(f, x) f(x)
#define ALIAS pthread_mutex_lock
#define VARIADIC(...) pthread_mutex_unlock(__VA_ARGS__)
#define LOCK_OF(object) LOCK(&(object)->lock)
#define GLOBAL_LOCK() LOCK(&gate)
#define STATEMENT(x) x

struct queue {
    pthread_mutex_t lock;
    int depth;
};

static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
static struct queue queue = {PTHREAD_MUTEX_INITIALIZER, 0};
static int errors;

static void one(void)
{
    LOCK(&gate);
    UNLOCK(&gate);
    WITH(&queue.lock, queue.depth++);
    GLOBAL_LOCK();
    UNLOCK(&gate);
}

static void arguments(struct queue *q)
{
    APPLY(pthread_mutex_lock, &gate);
    APPLY(pthread_mutex_unlock, &gate);
    ALIAS(&gate);
    VARIADIC(&gate);
    LOCK_OF(q);
    STATEMENT(pthread_mutex_unlock(&q->lock));
    STATEMENT({ ALIAS(&gate); });
    STATEMENT(STATEMENT(
        VARIADIC(&gate)
    ));
    if (LOCK_OF(q) == 0)
        UNLOCK(
            &q->lock);
    else
        LOCK(&gate);
}

int main(void)
{
    one();
    arguments(&queue);
    printf("%d %d at line %d\n", errors, queue.depth, __LINE__);
    return 0;
}

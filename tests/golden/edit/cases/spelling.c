/* One function, spelled in many ways: in parentheses, through `*` and `&`, over several lines, many on one line. */
#include <pthread.h>
#include <stdio.h>

struct queue {
    int depth;
    pthread_mutex_t lock;
};

static struct queue queue = {0, PTHREAD_MUTEX_INITIALIZER};

int main(void)
{
    struct queue *q = &queue;
    int errors = 0;
    (pthread_mutex_lock)(&q->lock);
    (*pthread_mutex_unlock)(&q->lock);
    (&pthread_mutex_lock)(&q->lock);
    (**pthread_mutex_unlock)(&q->lock);
    ((pthread_mutex_lock))(&(q)->lock);
    pthread_mutex_unlock /* a comment */ (&q /* another */->lock);
    pthread_mutex_lock
        (
            &q
                ->lock
        );
    errors += pthread_mutex_unlock(&q->lock); errors += pthread_mutex_lock(&q->lock); errors += pthread_mutex_unlock(&q->lock);
    pthread_mutex_lock(
#ifdef __linux__
        &q->lock
#else
        &queue.lock
#endif
    );
    pthread_mutex_unlock(&(*q).lock);
    pthread_mutex_lock((&(((q->lock)))));
    pthread_mutex_unlock((pthread_mutex_t *)&q->lock);
    printf("%d at line %d\n", errors, __LINE__);
    return 0;
}

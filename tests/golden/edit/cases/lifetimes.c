/* Locks without a visible creation, made twice, copied, and one for each thread. */
/* also: -std=c11 -D_XOPEN_SOURCE=700 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct session {
    int id;
    pthread_mutex_t lock;
};

static _Thread_local pthread_mutex_t mine = PTHREAD_MUTEX_INITIALIZER;
static _Thread_local struct session own;

static int zero_filled(void)
{
    struct session *session = calloc(1, sizeof *session);
    if (session == NULL) return 1;
    int e = pthread_mutex_lock(&session->lock) + pthread_mutex_unlock(&session->lock);
    free(session);
    return e;
}

static int again(struct session *s)
{
    int e = pthread_mutex_init(&s->lock, NULL) + pthread_mutex_lock(&s->lock) + pthread_mutex_unlock(&s->lock);
    e += pthread_mutex_destroy(&s->lock);
    e += pthread_mutex_init(&s->lock, NULL);
    return e + pthread_mutex_lock(&s->lock) + pthread_mutex_unlock(&s->lock) + pthread_mutex_destroy(&s->lock);
}

static int copied(void)
{
    static const struct session model = {7, PTHREAD_MUTEX_INITIALIZER};
    struct session copy = model, second;
    memcpy(&second, &model, sizeof second);
    return pthread_mutex_lock(&copy.lock) + pthread_mutex_unlock(&copy.lock) + pthread_mutex_trylock(&second.lock);
}

int main(void)
{
    struct session session;
    int e = zero_filled() + again(&session) + copied();
    e += pthread_mutex_lock(&mine) + pthread_mutex_unlock(&mine);
    e += pthread_mutex_lock(&own.lock) + pthread_mutex_unlock(&own.lock);
    printf("%d\n", e);
    return 0;
}

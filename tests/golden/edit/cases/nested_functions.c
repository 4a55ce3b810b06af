/* GNU nested functions. libclang loses their bodies; the calls are edited by their spelling, and named by it. */
/* flags: -Wno-pedantic */
/* only: gcc */
#include <pthread.h>
#include <stdio.h>

struct account {
    int balance;
    pthread_mutex_t lock;
};

static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
static struct account account = {3, PTHREAD_MUTEX_INITIALIZER};

static int with(int (*body)(struct account *), struct account *a)
{
    return body(a);
}

int main(void)
{
    int taken = 0;
    int take(struct account *a)
    {
        pthread_mutex_lock(&a->lock);
        taken += a->balance;
        return pthread_mutex_unlock(&a->lock);
    }
    void both(void)
    {
        pthread_mutex_lock(&gate), pthread_mutex_unlock(&gate);
    }
    pthread_mutex_lock(&gate);
    pthread_mutex_unlock(&gate);
    both();
    printf("%d %d\n", with(take, &account), taken);
    return 0;
}

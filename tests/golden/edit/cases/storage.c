/* Variables: of external linkage, static, local static, of equal names, shadowed, tentative, declared before. */
/* with: parts/storage_other.c */
#include "parts/storage.h"

#include <stdio.h>

pthread_mutex_t shared = PTHREAD_MUTEX_INITIALIZER;
pthread_mutex_t tentative;
static pthread_mutex_t hidden;
static pthread_mutex_t hidden = PTHREAD_MUTEX_INITIALIZER;

static int count(int step)
{
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    static int total;
    pthread_mutex_lock(&lock);
    total += step;
    pthread_mutex_unlock(&lock);
    return total;
}

static int count_down(int step)
{
    static pthread_mutex_t lock;
    static int total;
    pthread_mutex_lock(&lock);
    total -= step;
    pthread_mutex_unlock(&lock);
    return total;
}

static int shadows(void)
{
    pthread_mutex_t automatic = PTHREAD_MUTEX_INITIALIZER;
    pthread_mutex_lock(&automatic);
    {
        static pthread_mutex_t inner = PTHREAD_MUTEX_INITIALIZER;
        pthread_mutex_t second;
        pthread_mutex_init(&second, NULL);
        pthread_mutex_lock(&inner);
        pthread_mutex_lock(&second);
        pthread_mutex_unlock(&second);
        pthread_mutex_unlock(&inner);
        pthread_mutex_destroy(&second);
    }
    return pthread_mutex_unlock(&automatic);
}

static int extern_inside(void)
{
    extern pthread_mutex_t elsewhere;
    pthread_mutex_lock(&elsewhere);
    return pthread_mutex_unlock(&elsewhere);
}

int main(void)
{
    pthread_mutex_lock(&shared);
    pthread_mutex_lock(&tentative);
    pthread_mutex_lock(&hidden);
    pthread_mutex_lock(&elsewhere_all[1]);
    pthread_mutex_unlock(&elsewhere_all[1]);
    pthread_mutex_unlock(&hidden);
    pthread_mutex_unlock(&tentative);
    pthread_mutex_unlock(&shared);
    printf("%d %d %d %d %d\n", count(1), count_down(1), shadows(), extern_inside(), other());
    return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* A clean program: two threads that take turns, and a condition. Usage: simple [TIMES [race]]. */
#include "survive.h"

static pthread_mutex_t turn = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static pthread_rwlock_t table = PTHREAD_RWLOCK_INITIALIZER;
static int whose, times, races, unguarded;

static void *play(void *me)
{
    int mine = (int)(size_t)me;
    if (races)
        unguarded++;
    for (int i = 0; i < times; i++) {
        pthread_mutex_lock(&turn);
        while (whose != mine)
            pthread_cond_wait(&changed, &turn);
        whose = !mine;
        pthread_cond_signal(&changed);
        pthread_mutex_unlock(&turn);
        pthread_rwlock_wrlock(&table);
        pthread_rwlock_unlock(&table);
    }
    return NULL;
}

int main(int argc, char **argv)
{
    pthread_t threads[2];
    times = argc > 1 ? atoi(argv[1]) : 50;
    races = argc > 2;
    for (size_t i = 0; i < 2; i++)
        CHECK(pthread_create(&threads[i], NULL, play, (void *)i) == 0);
    for (size_t i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
    SAY_ACQUIRES(table, 2 * times);
    return 0;
}

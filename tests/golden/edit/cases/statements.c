/* Calls in every kind of statement: conditions, heads of loops, unbraced bodies, comma, ternary, &&, case and goto. */
#include <pthread.h>
#include <stdio.h>

static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
static int held;

static int taken(void)
{
    return ++held;
}

static int branches(int way)
{
    int result = 0;
    if (way == 0) pthread_mutex_lock(&gate);
    else if (way == 1) pthread_mutex_trylock(&gate);
    else
        pthread_mutex_lock(&gate);
    if (taken()) pthread_mutex_unlock(&gate), result++;
    (void)(way ? pthread_mutex_lock(&gate) : pthread_mutex_trylock(&gate));
    pthread_mutex_unlock(&gate);
    return result;
}

static int loops(void)
{
    int rounds = 0;
    for (pthread_mutex_lock(&gate); rounds < 2; pthread_mutex_lock(&gate)) pthread_mutex_unlock(&gate), rounds++;
    while (pthread_mutex_trylock(&gate) != 0) pthread_mutex_unlock(&gate);
    do pthread_mutex_unlock(&gate);
    while (pthread_mutex_lock(&gate), rounds-- > 0);
    pthread_mutex_unlock(&gate);
    return rounds;
}

static int labels(int which)
{
    switch (which) {
    case 0:
        pthread_mutex_lock(&gate);
        break;
    default: pthread_mutex_trylock(&gate);
    }
    goto out;
out: pthread_mutex_unlock(&gate);
    return which;
}

static int expressions(void)
{
    int first = pthread_mutex_lock(&gate), second = !pthread_mutex_unlock(&gate);
    int both = pthread_mutex_lock(&gate) == 0 && pthread_mutex_unlock(&gate) == 0;
    int either = pthread_mutex_lock(&gate) || pthread_mutex_unlock(&gate);
    return first * 8 + second * 4 + both * 2 + either;
}

int main(void)
{
    for (int way = 0; way < 3; way++) printf("%d ", branches(way));
    printf("%d %d %d %d\n", loops(), labels(0), labels(1), expressions());
    return 0;
}

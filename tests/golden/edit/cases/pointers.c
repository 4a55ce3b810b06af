/* Locks that come out of expressions: results of functions, arithmetic, casts of containers, local aliases, no name. */
/* flags: -Wno-pedantic -Wno-cast-align -Wno-conversion */
#include <pthread.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define CONTAINER(p, type, member) ((type *)((char *)(p) - offsetof(type, member)))

struct node {
    int links;
    pthread_mutex_t lock;
};

static pthread_mutex_t locks[3] = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_MUTEX_INITIALIZER, PTHREAD_MUTEX_INITIALIZER};
static pthread_mutex_t *chosen = &locks[1];
static struct node node = {2, PTHREAD_MUTEX_INITIALIZER};

static pthread_mutex_t *pick(int which)
{
    return &locks[which];
}

static struct node *here(void)
{
    return &node;
}

static int alias(struct node *n)
{
    pthread_mutex_t *lock = &n->lock, *later;
    int e = pthread_mutex_lock(lock) + pthread_mutex_unlock(lock);
    later = lock;
    e += pthread_mutex_lock(later);
    lock = &locks[2];
    return e + pthread_mutex_unlock(later) + pthread_mutex_lock(lock) + pthread_mutex_unlock(lock);
}

static int odd(int *links, void *raw, uintptr_t number, int which)
{
    int e = pthread_mutex_lock(&CONTAINER(links, struct node, links)->lock);
    e += pthread_mutex_unlock(&((struct node *)raw)->lock) + pthread_mutex_lock((pthread_mutex_t *)number);
    e += pthread_mutex_unlock((void *)number) + pthread_mutex_lock(which ? &locks[0] : &locks[1]);
    e += pthread_mutex_unlock((which++, &locks[0])) + pthread_mutex_lock(chosen++) + pthread_mutex_unlock(--chosen);
    e += pthread_mutex_lock(&*chosen) + pthread_mutex_unlock(&chosen[0]);
    return e + pthread_mutex_lock(({ pick(0); })) + pthread_mutex_unlock(chosen - 1);
}

int main(void)
{
    int e = pthread_mutex_lock(pick(1)) + pthread_mutex_unlock(pick(1));
    e += pthread_mutex_lock(&here()->lock) + pthread_mutex_unlock(&here()->lock);
    e += pthread_mutex_lock(&(pthread_mutex_t)PTHREAD_MUTEX_INITIALIZER);
    printf("%d %d %d\n", e, alias(&node), odd(&node.links, &node, (uintptr_t)&locks[2], 1));
    return 0;
}

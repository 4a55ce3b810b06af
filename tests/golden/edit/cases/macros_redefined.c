/* Macros that change their meaning on the way: defined again, pushed and popped, in dead code, defined and never used. */
/* expect: expanded */
#include <pthread.h>
#include <stdio.h>

static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
static pthread_rwlock_t table = PTHREAD_RWLOCK_INITIALIZER;

#define ENTER() pthread_mutex_lock(&gate)
#define LEAVE() pthread_mutex_unlock(&gate)
static void first(void)
{
    ENTER();
    LEAVE();
}
#undef ENTER
#undef LEAVE
#define ENTER() pthread_rwlock_wrlock(&table)
#define LEAVE() pthread_rwlock_unlock(&table)
static void second(void)
{
    ENTER();
    LEAVE();
}
#pragma push_macro("ENTER")
#undef ENTER
#define ENTER() pthread_rwlock_rdlock(&table)
static void third(void)
{
    ENTER();
    LEAVE();
}
#pragma pop_macro("ENTER")
#define NEVER() pthread_mutex_trylock(&gate)
#if 0
static void dead(void)
{
    NEVER();
    pthread_mutex_lock(&gate);
}
#endif

int main(void)
{
    first();
    second();
    third();
    ENTER();
    LEAVE();
    printf("%d\n", (int)sizeof ENTER());
    return 0;
}

/* Prototypes repeated by the program, before and after use, and several declarations on the line of an insertion. */
/* flags: -Wno-redundant-decls -Wno-nested-externs */
#include <pthread.h>
extern int pthread_mutex_lock(pthread_mutex_t *); int pthread_mutex_unlock(pthread_mutex_t *); static int one(void); static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER; static int one(void) { return pthread_mutex_lock(&gate); } static int two(void) { return pthread_mutex_unlock(&gate); }
extern int pthread_mutex_lock(pthread_mutex_t *mutex) __attribute__((nonnull));

__extension__ static int three(void)
{
    extern int pthread_mutex_trylock(pthread_mutex_t *);
    return pthread_mutex_trylock(&gate);
}

static int __attribute__((noinline)) four(void) __attribute__((unused));
static __attribute__((noinline)) int four(void)
{
    return pthread_mutex_unlock(&gate);
}

int main(void) { return one() + two() + three() + four(); }

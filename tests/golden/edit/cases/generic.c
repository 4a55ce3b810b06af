/* `_Generic` selects the function; the chosen one is called, the others are names that nothing calls. */
/* flags: -std=c11 -D_XOPEN_SOURCE=700 */
/* also: -std=gnu17 */
#include <pthread.h>
#include <stdio.h>

#define LOCK(l) _Generic((l), pthread_mutex_t *: pthread_mutex_lock, pthread_rwlock_t *: pthread_rwlock_wrlock)(l)
#define UNLOCK(l) _Generic((l), pthread_mutex_t *: pthread_mutex_unlock, pthread_rwlock_t *: pthread_rwlock_unlock)(l)

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_rwlock_t rwlock = PTHREAD_RWLOCK_INITIALIZER;

int main(void)
{
    int errors = LOCK(&mutex);
    errors += LOCK(&rwlock);
    errors += UNLOCK(&rwlock);
    errors += UNLOCK(&mutex);
    errors += _Generic(errors, int: pthread_mutex_lock, default: pthread_mutex_trylock)(&mutex);
    errors += pthread_mutex_unlock(&mutex);
    printf("%d\n", errors);
    return errors;
}

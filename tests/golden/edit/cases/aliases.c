/* The API by another way: renamed by asm, through dlsym, as a weak alias. No text names those calls; they stay plain. */
/* flags: -D_GNU_SOURCE -Wno-pedantic */
/* uncounted: 2 */
#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>

extern int renamed(pthread_mutex_t *) __asm__("pthread_mutex_lock");
extern int pthread_rwlock_unlock(pthread_rwlock_t *) __attribute__((weak));
#pragma weak pthread_rwlock_rdlock
static __typeof__(pthread_mutex_unlock) weak_unlock __attribute__((weakref("pthread_mutex_unlock")));

static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
static pthread_rwlock_t table = PTHREAD_RWLOCK_INITIALIZER;

int main(void)
{
    int (*found)(pthread_mutex_t *) = (int (*)(pthread_mutex_t *))dlsym(RTLD_DEFAULT, "pthread_mutex_lock");
    int e = renamed(&gate) + weak_unlock(&gate) + found(&gate) + pthread_mutex_unlock(&gate);
    if (pthread_rwlock_rdlock) e += pthread_rwlock_rdlock(&table);
    if (pthread_rwlock_unlock) e += pthread_rwlock_unlock(&table);
    printf("%d\n", e);
    return 0;
}

/* Attributes before and after declarators, around the functions and locks that count. */
/* flags: -Wno-pedantic */
#include <pthread.h>
#include <stdio.h>

__attribute__((aligned(64))) static pthread_mutex_t first = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t __attribute__((aligned(64), unused)) second = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t third __attribute__((section("my_locks"))) = PTHREAD_MUTEX_INITIALIZER;
pthread_mutex_t fourth __attribute__((weak, visibility("hidden"))) = PTHREAD_MUTEX_INITIALIZER;
extern pthread_mutex_t fifth __attribute__((alias("fourth")));
static pthread_mutex_t volatile sixth = PTHREAD_MUTEX_INITIALIZER;
static struct {
    char c;
    pthread_mutex_t lock __attribute__((aligned(8)));
} __attribute__((packed)) packed = {'c', PTHREAD_MUTEX_INITIALIZER};

static __attribute__((constructor)) void early(void) { pthread_mutex_lock(&first); }
__attribute__((destructor)) static void late(void) { pthread_mutex_unlock(&first); }
static int __attribute__((noinline, cold)) middle(void) { return pthread_mutex_lock(&second); }
__extension__ __attribute__((noinline)) static int end(void) { return pthread_mutex_unlock(&second); }

int main(void)
{
    int e = middle() + end() + pthread_mutex_lock(&third) + pthread_mutex_unlock(&third);
    e += pthread_mutex_lock(&fourth) + pthread_mutex_unlock(&fifth);
    e += pthread_mutex_lock((pthread_mutex_t *)&sixth) + pthread_mutex_unlock((pthread_mutex_t *)&sixth);
    e += pthread_mutex_lock(&packed.lock) + pthread_mutex_unlock(&packed.lock);
    printf("%d\n", e);
    return 0;
}

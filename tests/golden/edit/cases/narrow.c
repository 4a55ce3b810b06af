/* Another word size. */
/* flags: -m32 */
/* also: -m32 -O2 -fPIC */
#include <pthread.h>
#include <stdio.h>

struct slot {
    char tag;
    pthread_mutex_t lock;
};

static struct slot slots[3];

static void enter(pthread_mutex_t *mutex)
{
    pthread_mutex_lock(mutex);
}

int main(void)
{
    enter(&slots[2].lock);
    printf("%d\n", (int)sizeof(long) / 4);
    return pthread_mutex_unlock(&slots[2].lock);
}

/* `__LINE__`, `__FILE__`, `__BASE_FILE__`, `__func__`, `__INCLUDE_LEVEL__` and `__COUNTER__` beside and inside calls. */
/* expect: expanded */
#include <pthread.h>
#include <stdio.h>

#define LOCK(m) pthread_mutex_lock(m), printf("%s:%d %s %d\n", __FILE__, __LINE__, __func__, __COUNTER__)
#define PASTE(a, b) a##b
#define NUMBERED(a, b) PASTE(a, b)

static pthread_mutex_t gates[12];
static pthread_mutex_t NUMBERED(gate_, __LINE__) = PTHREAD_MUTEX_INITIALIZER, NUMBERED(spare_, __COUNTER__);

int main(void)
{
    LOCK(&gate_11);
    pthread_mutex_unlock(&NUMBERED(gate_, 11));
    pthread_mutex_lock(&gates[__COUNTER__]);
    pthread_mutex_unlock(&gates[__COUNTER__ - 1]);
    (void)pthread_mutex_trylock(&spare_0);
    return printf("%s %s %d %d\n", __BASE_FILE__, __func__, __INCLUDE_LEVEL__, __COUNTER__) < 0;
}

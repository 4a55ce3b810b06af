/* A list of locks in a macro that applies another to each: one use, several calls of one spelling, for several locks. */
/* expect: expanded */
#include <pthread.h>
#include <stdio.h>

#define EACH(X) X(first) X(second) X(third)
#define DECLARE(n) static pthread_mutex_t n = PTHREAD_MUTEX_INITIALIZER;
#define PASS(n) e += pthread_mutex_lock(&n); e += pthread_mutex_unlock(&n);

EACH(DECLARE)

int main(void)
{
    int e = 0;
    EACH(PASS)
    printf("%d\n", e);
    return 0;
}

/* Strict C89, with trigraphs: comments of one kind, declarations first. */
/* flags: -ansi -pedantic-errors -D_XOPEN_SOURCE=700 -Wno-trigraphs -Wno-long-long */
/* also: -std=iso9899:199409 -pedantic-errors -D_XOPEN_SOURCE=700 -Wno-trigraphs -Wno-long-long */
#include <pthread.h>
#include <stdio.h>

#define LOCK(m) (pthread_mutex_lock(m))
#define UNLOCK(m) (pthread_mutex_unlock(m))

static pthread_mutex_t gates??(2??) = ??< PTHREAD_MUTEX_INITIALIZER, PTHREAD_MUTEX_INITIALIZER ??>;

int main(void)
{
    int e = LOCK(&gates[1]);
    {
        int inner = 4 //* a division in C89 */ 2
            ;
        e += inner;
    }
    e += UNLOCK(&gates[1]);
    printf("what??/?\n%d\n", e);
    return 0;
}

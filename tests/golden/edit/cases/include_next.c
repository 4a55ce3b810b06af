/* A header that includes the next one of its name: the call is in the second. */
/* flags: -Iparts/first -Iparts/second -Wno-pedantic */
#include <chain.h>
#include <stdio.h>

static struct chain chain = {1, PTHREAD_MUTEX_INITIALIZER};

int main(void)
{
    int e = CHAIN_LOCK(&chain) + pthread_mutex_unlock(&chain.lock);
    printf("%d\n", e);
    return 0;
}

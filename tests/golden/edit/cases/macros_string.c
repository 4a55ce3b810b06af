/* `#` makes a string of a call: the string must stay what it was, so the text is expanded. */
/* expect: expanded */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#define CHECK(call) ((call) == 0 ? (void)puts(#call) : abort())

static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;

int main(void)
{
    CHECK(pthread_mutex_lock(&gate));
    CHECK(pthread_mutex_unlock(&gate));
    return 0;
}

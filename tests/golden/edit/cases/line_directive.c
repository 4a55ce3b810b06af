/* `#line`, as generators of parsers write it: sites and creations are where it says, and so is `__LINE__`. */
#include <pthread.h>
#include <stdio.h>

#line 100 "grammar.y"
static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;

#define LOCK() pthread_mutex_lock(&gate)

#line 7
int main(void)
{
    LOCK();
#line 9 "src/\"odd\" name.y"
    pthread_mutex_unlock(&gate);
#line 19
    LOCK(); printf("%s:%d\n", __FILE__, __LINE__);
    return pthread_mutex_unlock(&gate);
}

/* Pragmas that gcc's text with macros loses, with their lines: symbols would keep their names, later lines be wrong. */
/* only: gcc */
/* expect: expanded */
#include <pthread.h>
#include <stdio.h>

#pragma redefine_extname renamed renamed_by_pragma
int renamed(void);
int renamed_by_pragma(void);

static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;

int renamed_by_pragma(void)
{
    return 7;
}

int main(void)
{
    pthread_mutex_lock(&gate);
    printf("%d at line %d\n", renamed(), __LINE__);
    pthread_mutex_unlock(&gate);
    return 0;
}

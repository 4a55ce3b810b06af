/* Pragmas that are in force where declarations are inserted: packing, visibility, `_Pragma` inside a call's macro. */
#include <pthread.h>
#include <stdio.h>

#define LOCK(m) _Pragma("GCC diagnostic ignored \"-Wshadow\"") pthread_mutex_lock(m)

static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;

#pragma pack(push, 1)
#pragma GCC visibility push(hidden)
struct packed {
    char c;
    int i;
};

static int use(void)
{
    LOCK(&gate);
    return pthread_mutex_unlock(&gate);
}

int main(void)
{
    printf("%d %d\n", use(), (int)sizeof(struct packed));
    return 0;
}

/* Names that are macros: of members, variables, types and words that inserted text might use, at the end of the file too. */
/* flags: -Wno-builtin-macro-redefined */
#include <pthread.h>
#include <stdio.h>

struct cache {
    int size;
    pthread_mutex_t lock;
};
static struct cache cache = {0, PTHREAD_MUTEX_INITIALIZER};
#define lock guard
struct shelf {
    pthread_mutex_t lock;
    int size;
};
static struct shelf shelf;
#undef lock
static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;

#define static
#undef static
#define inline error
#define const error
#define variable error
#define sites error
#define unused error
#define weak error
#define hidden error
#define constructor error
#define always_inline error
#define mutex error
#define function error

int main(void)
{
    int e = pthread_mutex_lock(&cache.lock) + pthread_mutex_lock(&shelf.guard) + pthread_mutex_lock(&gate);
    e += pthread_mutex_unlock(&cache.lock) + pthread_mutex_unlock(&shelf.guard) + pthread_mutex_unlock(&gate);
    printf("%d\n", e);
    return e;
}

#define lock other
#define cache other
#define gate other
#define shelf() other
#define size() error

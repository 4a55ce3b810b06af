/* Members: chains, anonymous structures and unions, records without a tag, bit-fields around, packed neighbours. */
/* flags: -std=c11 -D_XOPEN_SOURCE=700 */
#include <pthread.h>
#include <stdio.h>

struct inner {
    unsigned ready : 1, waiting : 7;
    pthread_mutex_t lock;
    unsigned : 0;
    unsigned count : 3;
};

typedef struct {
    int id;
    struct inner inner;
} untagged;

struct outer {
    untagged *pointer;
    untagged direct;
    struct {
        int depth;
        union {
            pthread_mutex_t anonymous;
            long room;
        };
    };
    struct {
        pthread_rwlock_t named_level;
        int size;
    } level;
    union {
        pthread_spinlock_t spin;
        pthread_mutex_t heavy;
    } either;
};

union lone {
    pthread_mutex_t a;
    pthread_rwlock_t b;
};

static untagged far = {.inner = {.lock = PTHREAD_MUTEX_INITIALIZER}};
static struct outer outer = {.pointer = &far};
static union lone lone = {.a = PTHREAD_MUTEX_INITIALIZER};
static struct {
    pthread_mutex_t first, second;
} nameless = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_MUTEX_INITIALIZER};

static int use(struct outer *o)
{
    int e = pthread_mutex_lock(&o->pointer->inner.lock) + pthread_mutex_unlock(&(*o->pointer).inner.lock);
    e += pthread_mutex_lock(&o->direct.inner.lock) + pthread_mutex_unlock(&o->direct.inner.lock);
    e += pthread_mutex_lock(&o->anonymous) + pthread_mutex_unlock(&o->anonymous);
    e += pthread_rwlock_rdlock(&o->level.named_level) + pthread_rwlock_unlock(&o->level.named_level);
    e += pthread_spin_init(&o->either.spin, 0) + pthread_spin_lock(&o->either.spin) + pthread_spin_unlock(&o->either.spin);
    return e;
}

int main(void)
{
    int e = use(&outer);
    e += pthread_mutex_lock(&lone.a) + pthread_mutex_unlock(&lone.a);
    e += pthread_mutex_lock(&nameless.second) + pthread_mutex_unlock(&nameless.second);
    printf("%d\n", e);
    return 0;
}

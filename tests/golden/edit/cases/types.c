/* Types that are locks by another name: typedefs of typedefs, of qualified types, records that only wrap a lock. */
/* flags: -Wno-cast-qual -Wno-discarded-qualifiers -Wno-incompatible-pointer-types-discards-qualifiers */
#include <pthread.h>
#include <stdio.h>

typedef pthread_mutex_t my_mutex;
typedef my_mutex my_other_mutex, *my_mutex_pointer;
typedef volatile pthread_mutex_t volatile_mutex;
typedef struct {
    my_other_mutex m;
} wrapped;
typedef wrapped wrapped_twice;
typedef pthread_mutex_t pair_of_mutexes[2];
typedef pthread_spinlock_t my_spin;

struct object {
    int size;
    my_other_mutex first;
    wrapped_twice second;
    pair_of_mutexes third;
    my_mutex_pointer fourth;
    volatile_mutex fifth;
    const volatile my_spin sixth;
};

static my_other_mutex global = PTHREAD_MUTEX_INITIALIZER;
static struct object object = {.second = {PTHREAD_MUTEX_INITIALIZER}, .fourth = &global};
static wrapped_twice wrapping = {PTHREAD_MUTEX_INITIALIZER};
static volatile_mutex shaky = PTHREAD_MUTEX_INITIALIZER;

int main(void)
{
    struct object *const restrict o = &object;
    my_mutex_pointer pointer = &o->first;
    pthread_mutex_t *volatile moving = &o->first;
    int e = pthread_mutex_lock(&global) + pthread_mutex_unlock(&global);
    e += pthread_mutex_lock(&o->first) + pthread_mutex_unlock(pointer) + pthread_mutex_lock(moving);
    e += pthread_mutex_unlock(&o->first) + pthread_mutex_lock(&o->second.m) + pthread_mutex_unlock(&o->second.m);
    e += pthread_mutex_lock(&o->third[1]) + pthread_mutex_unlock(o->third + 1);
    e += pthread_mutex_lock(o->fourth) + pthread_mutex_unlock(o->fourth);
    e += pthread_mutex_lock((pthread_mutex_t *)&o->fifth) + pthread_mutex_unlock((pthread_mutex_t *)&o->fifth);
    e += pthread_mutex_lock(&wrapping.m) + pthread_mutex_unlock(&wrapping.m);
    e += pthread_mutex_lock((pthread_mutex_t *)&shaky) + pthread_mutex_unlock((pthread_mutex_t *)&shaky);
    e += pthread_spin_init((my_spin *)&o->sixth, 0) + pthread_spin_lock((my_spin *)&o->sixth);
    printf("%d\n", e);
    return 0;
}

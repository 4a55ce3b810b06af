/* The program's own lock functions: one level, two levels, conditional, creators, tables, callbacks, recursion. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

typedef struct {
    pthread_mutex_t m;
} my_lock;

struct methods {
    int (*enter)(my_lock *lock);
    void (*leave)(my_lock *lock);
};

struct store {
    int items;
    my_lock lock;
    pthread_mutex_t raw;
    my_lock *heap;
};

static struct store store;
static my_lock *global_heap;

static int enter(my_lock *lock)
{
    return pthread_mutex_lock(&lock->m);
}

static void leave(my_lock *lock)
{
    pthread_mutex_unlock(&lock->m);
}

static int try_enter(my_lock *lock)
{
    return pthread_mutex_trylock(&lock->m) == 0;
}

static int enter_logged(my_lock *lock, const char *who)
{
    printf("%s ", who);
    return enter(lock);
}

static int enter_raw(pthread_mutex_t *mutex)
{
    return pthread_mutex_lock(mutex);
}

static my_lock *create(void)
{
    my_lock *lock = malloc(sizeof *lock);
    if (lock != NULL) pthread_mutex_init(&lock->m, NULL);
    return lock;
}

static int create_into(my_lock **ret_lock)
{
    *ret_lock = create();
    return *ret_lock == NULL;
}

static void make(my_lock *lock)
{
    pthread_mutex_init(&lock->m, NULL);
}

static struct store *find_locked(void)
{
    pthread_mutex_lock(&store.raw);
    return &store;
}

static int deeper(my_lock *lock, int depth)
{
    if (depth == 0) return enter(lock);
    return deeper(lock, depth - 1);
}

static void with_lock(my_lock *lock, void (*then)(my_lock *))
{
    enter(lock);
    then(lock);
}

static const struct methods methods = {enter, leave};

int main(void)
{
    my_lock local, *handle;
    struct store *found;
    make(&store.lock);
    make(&local);
    store.heap = create();
    global_heap = create();
    if (create_into(&handle)) return 1;
    enter(&store.lock);
    leave(&store.lock);
    enter_logged(&local, "main");
    leave(&local);
    if (try_enter(store.heap)) leave(store.heap);
    enter_raw(&store.raw);
    pthread_mutex_unlock(&store.raw);
    found = find_locked();
    pthread_mutex_unlock(&found->raw);
    deeper(global_heap, 2);
    leave(global_heap);
    methods.enter(&store.lock);
    methods.leave(&store.lock);
    with_lock(handle, leave);
    (enter)(&local), (*leave)(&local);
    free(handle);
    free(store.heap);
    free(global_heap);
    puts("");
    return 0;
}

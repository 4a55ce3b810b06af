/* Arrays of locks and of structures that hold them, in several dimensions, flexible, of variable length, in the heap. */
/* only: gcc */
/* flags: -Wno-pedantic */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

enum { STRIPES = 4 };

struct bucket {
    int keys;
    pthread_mutex_t lock;
    struct {
        pthread_rwlock_t table[2];
    } shards[2];
};

struct pool {
    int count;
    struct bucket buckets[];
};

static pthread_mutex_t stripes[STRIPES], grid[2][3];
static struct bucket buckets[STRIPES], nested[2][2];
static pthread_mutex_t *pointers[2] = {&stripes[0], &grid[1][2]};

static int statics(int i)
{
    int e = pthread_mutex_lock(&stripes[i]) + pthread_mutex_unlock(stripes + i);
    e += pthread_mutex_lock(&grid[1][i % 3]) + pthread_mutex_unlock(grid[1] + i % 3) + pthread_mutex_lock(grid[0]);
    e += pthread_mutex_unlock(&0 [grid[0]]) + pthread_mutex_lock(stripes) + pthread_mutex_unlock(&*stripes);
    e += pthread_mutex_lock(&buckets[i].lock) + pthread_mutex_unlock(&(buckets + i)->lock);
    e += pthread_rwlock_wrlock(&buckets[i].shards[0].table[1]) + pthread_rwlock_unlock(&buckets[i].shards[0].table[1]);
    e += pthread_mutex_lock(&nested[1][1].lock) + pthread_mutex_unlock(&nested[1][1].lock);
    return e + pthread_mutex_lock(pointers[1]) + pthread_mutex_unlock(pointers[1]);
}

static pthread_rwlock_t *table_of(int i)
{
    return &nested[i % 2][i / 4].shards[1].table[i % 3 % 2];
}

/* By its address alone: in which array of which structure in which array? */
static int pointed(pthread_rwlock_t *table)
{
    return pthread_rwlock_rdlock(table) + pthread_rwlock_unlock(table);
}

static int heap(int n)
{
    struct pool *pool = calloc(1, sizeof *pool + sizeof(struct bucket) * (size_t)n);
    pthread_mutex_t *locks = malloc(sizeof *locks * (size_t)n);
    if (pool == NULL || locks == NULL) return 1;
    int e = 0;
    for (int i = 0; i < n; i++) e += pthread_mutex_init(&locks[i], NULL);
    e += pthread_mutex_lock(&pool->buckets[n - 1].lock) + pthread_mutex_unlock(&pool->buckets[n - 1].lock);
    e += pthread_mutex_lock(&locks[n - 1]) + pthread_mutex_unlock(locks + n - 1) + pthread_mutex_lock(&locks[0]);
    e += pthread_mutex_unlock(locks);
    free(locks);
    free(pool);
    return e;
}

static int variable_length(int n)
{
    pthread_mutex_t locks[n];
    struct with_array {
        pthread_mutex_t lock;
        int room[n];
    } object;
    int e = pthread_mutex_init(&locks[n - 1], NULL) + pthread_mutex_init(&object.lock, NULL);
    e += pthread_mutex_lock(&locks[n - 1]) + pthread_mutex_unlock(&locks[n - 1]);
    return e + pthread_mutex_lock(&object.lock) + pthread_mutex_unlock(&object.lock);
}

int main(void)
{
    pthread_rwlock_t *(*choose)(int) = table_of;
    printf("%d %d", statics(3), heap(3));
    printf(" %d %d\n", pointed(choose(1)), pointed(choose(5)));
    return variable_length(0 + 3);
}

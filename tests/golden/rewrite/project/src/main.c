/* Feature-test macros come first. */
#define _POSIX_C_SOURCE 200809L
#include "stock.h"
#include "crane.h"
#include <assert.h>
#include <stdio.h>
#include <string.h>
#define ROUNDS 1000
#define CHECK(call) ((call) == 0 ? (void)0 : (void)fprintf(stderr, "%s failed\n", #call))

extern long stock_read(struct stock *stock);
int unlocked(void);

static struct stock yard;
static pthread_rwlock_t gate = PTHREAD_RWLOCK_INITIALIZER;

static void *work(void *unused)
{
    (void)unused;
    for (int i = 0; i < ROUNDS; i++) {
        stock_add(&yard, 2);
        stock_plain_fill();
        stock_counted_fill();
        crane_acquire(&crane_hook);
        crane_lifts++;
        crane_release(&crane_hook);
        WITH(&yard,
             yard.pieces--);
        CHECK(pthread_rwlock_rdlock(&gate));
        CHECK(pthread_rwlock_unlock(&gate));
    }
    return NULL;
}

int main(void)
{
    pthread_t threads[4];
    int line = __LINE__;
    assert(pthread_mutex_init(&yard.mutex, NULL) == 0);
    for (int i = 0; i < 4; i++)
        if (pthread_create(&threads[i], NULL, work, NULL) != 0) return 1;
    for (int i = 0; i < 4; i++) pthread_join(threads[i], NULL);
    int (*lock)(pthread_mutex_t *) = pthread_mutex_lock;
    lock(&yard.mutex);
    pthread_mutex_unlock(&yard.mutex);
    printf("%s:%d: yard %ld, plain %ld, counted %ld, lifts %ld, unlocked %d\n", strrchr("/" __FILE__, '/') + 1, line,
           stock_read(&yard), stock_plain_total(), stock_counted_total(), crane_lifts, unlocked());
    pthread_mutex_destroy(&yard.mutex);
    return 0;
}

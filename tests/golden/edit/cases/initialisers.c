/* Initialisers: designated, nested, of ranges, in the old GNU form, of compound literals, overridden, in brackets. */
/* flags: -Wno-pedantic -Wno-override-init -D_GNU_SOURCE */
#include <pthread.h>
#include <stdio.h>

#define READY PTHREAD_MUTEX_INITIALIZER

struct job {
    const char *name;
    pthread_mutex_t lock;
    struct {
        pthread_mutex_t low, high;
    } pair;
};

static struct job designated = {
    .name = "d",
    .lock = PTHREAD_MUTEX_INITIALIZER,
    .pair = {
        .high = PTHREAD_MUTEX_INITIALIZER,
    },
};
static struct job positional = {
    "p",
    PTHREAD_MUTEX_INITIALIZER,
    {PTHREAD_MUTEX_INITIALIZER,
     PTHREAD_MUTEX_INITIALIZER},
};
static struct job deep = {.pair.low = READY, .pair.high = READY};
static struct job old = {
    name: "o",
    lock: PTHREAD_MUTEX_INITIALIZER,
};
static struct job ranges[4] = {
    [0 ... 1] = {.lock = PTHREAD_MUTEX_INITIALIZER},
    [3] = {
        .lock = READY,
    },
};
static pthread_mutex_t row[] = {READY, [2] = READY, [3 ... 4] = READY};
static struct job literal = (struct job){"l", READY, {READY, READY}};
static pthread_mutex_t bracketed = READY, recursive = PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP;
static struct job *made = &(struct job){.name = "m", .lock = READY};
static struct job zeros = {0};
static const struct {
    const char *name;
    pthread_mutex_t *lock;
} table[] = {{"a", &bracketed}, {"b", &recursive}};

int main(void)
{
    struct job *jobs[] = {&designated, &positional, &deep, &old, &ranges[1], &ranges[3], &literal, made, &zeros};
    int e = 0;
    for (unsigned i = 0; i < sizeof jobs / sizeof jobs[0]; i++) {
        e += pthread_mutex_lock(&jobs[i]->lock) + pthread_mutex_unlock(&jobs[i]->lock);
        e += pthread_mutex_lock(&jobs[i]->pair.low) + pthread_mutex_unlock(&jobs[i]->pair.low);
    }
    e += pthread_mutex_lock(&designated.pair.high) + pthread_mutex_unlock(&designated.pair.high);
    e += pthread_mutex_lock(&row[4]) + pthread_mutex_unlock(&row[4]);
    e += pthread_mutex_lock(table[1].lock) + pthread_mutex_unlock(table[1].lock);
    printf("%d\n", e);
    return 0;
}

#pragma once
#include <pthread.h>
/* A lock of its own, and wrappers around it. */
typedef struct {
    pthread_mutex_t m;
} crane_lock;
void crane_acquire(crane_lock *lock);
void crane_release(crane_lock *lock);
extern crane_lock crane_hook;
extern long crane_lifts;

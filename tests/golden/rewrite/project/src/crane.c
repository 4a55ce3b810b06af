#include "crane.h"
crane_lock crane_hook = {PTHREAD_MUTEX_INITIALIZER};
long crane_lifts;
void crane_acquire(crane_lock *lock) { pthread_mutex_lock(&lock->m); }
void crane_release(crane_lock *lock) { pthread_mutex_unlock(&lock->m); }

#include <pthread.h>
int main(void) { return pthread_mutex_lock(0); }

#include <pthread.h>

extern pthread_mutex_t shared, elsewhere, elsewhere_all[2];

int other(void);

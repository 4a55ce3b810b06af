/* SPDX-License-Identifier: Apache-2.0 */
/* A module that takes locks: when it comes, when it is asked to, and when it goes. */
#include <pthread.h>

static pthread_mutex_t module_lock = PTHREAD_MUTEX_INITIALIZER;

void module_use(int times);

__attribute__((visibility("default"))) void module_use(int times)
{
    for (int i = 0; i < times; i++) {
        pthread_mutex_lock(&module_lock);
        pthread_mutex_unlock(&module_lock);
    }
}

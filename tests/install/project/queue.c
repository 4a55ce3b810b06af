/* SPDX-License-Identifier: Apache-2.0 */
/* One lock, created at line 7. */
#include "queue.h"

#include <pthread.h>

static pthread_mutex_t queue_lock = PTHREAD_MUTEX_INITIALIZER;
static int length;

void queue_add(int jobs)
{
    pthread_mutex_lock(&queue_lock);
    length += jobs;
    pthread_mutex_unlock(&queue_lock);
}

int queue_length(void)
{
    pthread_mutex_lock(&queue_lock);
    int now = length;
    pthread_mutex_unlock(&queue_lock);
    return now;
}

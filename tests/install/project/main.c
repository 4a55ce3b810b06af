/* SPDX-License-Identifier: Apache-2.0 */
/* Takes two locks, one of them created at line 8, a known number of times: main_lock 100, queue_lock 101. */
#include "queue.h"

#include <pthread.h>

static int added;
static pthread_mutex_t main_lock = PTHREAD_MUTEX_INITIALIZER;

int main(void)
{
    for (int i = 0; i < 100; i++) {
        pthread_mutex_lock(&main_lock);
        added++;
        pthread_mutex_unlock(&main_lock);
        queue_add(1);
    }
    return queue_length() == added ? 0 : 1;
}

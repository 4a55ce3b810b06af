/* SPDX-License-Identifier: Apache-2.0 */
/* Forks while threads take locks and profiles are written. Usage: forks CHILDREN. Every child must come to its end. */
#include "survive.h"

#include <stdatomic.h>
#include <sys/wait.h>

#define LOADS 3
#define CHILD_USES 3

static pthread_mutex_t parent_lock = PTHREAD_MUTEX_INITIALIZER, child_lock = PTHREAD_MUTEX_INITIALIZER;
static atomic_bool done;
static atomic_ulong used;

static void *load(void *unused)
{
    while (!done) {
        pthread_mutex_lock(&parent_lock);
        used++;
        pthread_mutex_unlock(&parent_lock);
        usleep(200);
    }
    return unused;
}

static void *use_in_child(void *unused)
{
    for (int i = 0; i < CHILD_USES; i++) {
        pthread_mutex_lock(&child_lock);
        pthread_mutex_unlock(&child_lock);
    }
    return unused;
}

static void live_as_child(int number)
{
    alarm(20); /* a child that hangs dies of it */
    if (number % 4 == 0) {
        pthread_t thread;
        CHECK(pthread_create(&thread, NULL, use_in_child, NULL) == 0);
        pthread_join(thread, NULL);
    } else {
        use_in_child(NULL);
    }
    exit(0);
}

int main(int argc, char **argv)
{
    pthread_t threads[LOADS];
    int children = argc > 1 ? atoi(argv[1]) : 1;
    for (int i = 0; i < LOADS; i++)
        CHECK(pthread_create(&threads[i], NULL, load, NULL) == 0);
    for (int i = 0; i < children; i++) {
        int status;
        pid_t child = fork();
        CHECK(child >= 0);
        if (child == 0)
            live_as_child(i);
        CHECK(waitpid(child, &status, 0) == child);
        CHECK(status == 0);
    }
    done = 1;
    for (int i = 0; i < LOADS; i++)
        pthread_join(threads[i], NULL);
    SAY_ACQUIRES(parent_lock, used);
    SAY_ACQUIRES(child_lock, children * CHILD_USES);
    return 0;
}

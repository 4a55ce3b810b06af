/* SPDX-License-Identifier: Apache-2.0 */
/* Starts itself again by vfork and by posix_spawn, and becomes a daemon. Each process counts for itself. */
#include "survive.h"

#include <spawn.h>
#include <sys/wait.h>

extern char **environ;
static pthread_mutex_t first = PTHREAD_MUTEX_INITIALIZER, second = PTHREAD_MUTEX_INITIALIZER;

static void use(pthread_mutex_t *lock, int times)
{
    for (int i = 0; i < times; i++) {
        pthread_mutex_lock(lock);
        pthread_mutex_unlock(lock);
    }
}

static void *use_second(void *unused)
{
    use(&second, 5);
    return unused;
}

static void wait_for(pid_t child)
{
    int status;
    CHECK(waitpid(child, &status, 0) == child);
    CHECK(status == 0);
}

int main(int argc, char **argv)
{
    char *words[] = {argv[0], "child", NULL};
    pthread_t thread;
    pid_t child;
    if (argc > 1) {
        use(&second, 5);
        return 0;
    }
    use(&first, 3);
    for (int i = 0; i < 20; i++) {
        child = vfork();
        if (child == 0) {
            execv("/proc/self/exe", words);
            _exit(1);
        }
        wait_for(child);
        CHECK(posix_spawn(&child, "/proc/self/exe", NULL, NULL, words, environ) == 0);
        wait_for(child);
    }
    use(&first, 4);
    SAY_ACQUIRES(first, 7);
    SAY_ACQUIRES(second, 41 * 5);
    fflush(stdout);
    CHECK(daemon(1, 1) == 0);
    CHECK(pthread_create(&thread, NULL, use_second, NULL) == 0);
    pthread_join(thread, NULL);
    return 0;
}

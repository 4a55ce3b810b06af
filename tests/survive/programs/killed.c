/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Dies without a chance to write anything. Usage: killed kill|abort|_exit|segv|exit|wait|spin|fork. `wait` is `exit`, once
 * its standard input has ended. `spin` goes on until somebody kills it, and counts in the memory of the file COUNTS, each
 * thread for itself: before an acquire, and after its release. `fork` has a child that dies, and lives on.
 */
#include "survive.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/wait.h>

#define THREADS 3

struct queue {
    pthread_mutex_t guard;
} queue;
static pthread_mutex_t table = PTHREAD_MUTEX_INITIALIZER;
static pthread_rwlock_t index_lock = PTHREAD_RWLOCK_INITIALIZER;
static volatile unsigned long (*counts)[2];

static void use(int times)
{
    for (int i = 0; i < times; i++) {
        pthread_mutex_lock(&table);
        pthread_mutex_lock(&queue.guard);
        pthread_mutex_unlock(&queue.guard);
        pthread_mutex_unlock(&table);
        pthread_rwlock_rdlock(&index_lock);
        pthread_rwlock_unlock(&index_lock);
    }
}

static void *work(void *unused)
{
    use(500);
    usleep(120000); /* some periods end */
    use(500);
    return unused;
}

static void *spin(void *number)
{
    for (;;) {
        counts[(size_t)number][0]++;
        pthread_mutex_lock(&table);
        pthread_mutex_unlock(&table);
        counts[(size_t)number][1]++;
    }
    return NULL;
}

static void run(void *(*start)(void *), int count)
{
    pthread_t threads[THREADS];
    for (int i = 0; i < count; i++)
        CHECK(pthread_create(&threads[i], NULL, start, (void *)(size_t)i) == 0);
    for (int i = 0; i < count; i++)
        pthread_join(threads[i], NULL);
}

static void share_counts(void)
{
    int file = open(getenv("COUNTS"), O_RDWR);
    counts = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    CHECK(counts != MAP_FAILED);
    puts("spinning");
    fflush(stdout);
}

/* Its child makes a thread, and is killed; it goes on itself. */
static void fork_one(void)
{
    int status;
    pid_t child = fork();
    if (child == 0) {
        run(work, 1);
        raise(SIGKILL);
    }
    CHECK(waitpid(child, &status, 0) == child);
    CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    printf("child %d\n", (int)child);
}

int main(int argc, char **argv)
{
    const char *how = argc > 1 ? argv[1] : "";
    pthread_mutex_init(&queue.guard, NULL);
    if (strcmp(how, "wait") == 0)
        while (getchar() != EOF) {
        }
    if (strcmp(how, "spin") == 0) {
        share_counts();
        run(spin, THREADS);
    }
    run(work, THREADS);
    if (strcmp(how, "fork") == 0)
        fork_one();
    use(7);
    SAY_ACQUIRES(table, THREADS * 1000 + 7);
    SAY_ACQUIRES(guard, THREADS * 1000 + 7);
    SAY_ACQUIRES(index_lock, THREADS * 1000 + 7);
    fflush(stdout);
    if (strcmp(how, "kill") == 0)
        raise(SIGKILL);
    if (strcmp(how, "abort") == 0)
        abort();
    if (strcmp(how, "segv") == 0)
        raise(SIGSEGV);
    if (strcmp(how, "_exit") == 0)
        _exit(3);
    return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Does what it reads on its standard input, and says `done` each time: `use N`, N acquires by each of its threads;
 * `fork`, a child that uses the locks and ends; `close`, to the sandbox; `quit`. Beside them a thread makes a noise of its
 * own, but for `controlled quiet`.
 */
#include "survive.h"

#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#define THREADS 3

static pthread_mutex_t counted = PTHREAD_MUTEX_INITIALIZER, noisy = PTHREAD_MUTEX_INITIALIZER;
static pthread_barrier_t begin, end;
static _Atomic long times;
static atomic_bool quiet;

static void *make_noise(void *unused)
{
    while (!quiet) {
        pthread_mutex_lock(&noisy);
        pthread_mutex_unlock(&noisy);
        usleep(20);
    }
    return unused;
}

static __attribute__((noinline)) void use_it(void)
{
    pthread_mutex_lock(&counted);
    pthread_mutex_unlock(&counted);
    atomic_signal_fence(memory_order_seq_cst); /* not a jump */
}

static void *use(void *unused)
{
    for (;;) {
        pthread_barrier_wait(&begin);
        long count = times;
        for (long i = 0; i < count; i++)
            use_it();
        pthread_barrier_wait(&end);
        if (count < 0)
            return unused;
    }
}

static void let_them(long count)
{
    times = count;
    pthread_barrier_wait(&begin);
    pthread_barrier_wait(&end);
}

static void fork_one(void)
{
    int status;
    pid_t child = fork();
    if (child == 0) {
        for (int i = 0; i < 1000; i++)
            use_it();
        _exit(0);
    }
    CHECK(waitpid(child, &status, 0) == child && status == 0);
}

/* A filter that lets everything pass: what counts is that there is one. */
static void shut_in(void)
{
    struct sock_filter all = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    struct sock_fprog program = {1, &all};
    CHECK(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
    CHECK(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0);
}

int main(int argc, char **argv)
{
    pthread_t threads[THREADS], noise;
    char line[100];
    pthread_barrier_init(&begin, NULL, THREADS + 1);
    pthread_barrier_init(&end, NULL, THREADS + 1);
    for (int i = 0; i < THREADS; i++)
        CHECK(pthread_create(&threads[i], NULL, use, NULL) == 0);
    quiet = argc > 1 && strcmp(argv[1], "quiet") == 0;
    CHECK(pthread_create(&noise, NULL, make_noise, NULL) == 0);
    puts("done");
    fflush(stdout);
    while (fgets(line, sizeof line, stdin) != NULL && strcmp(line, "quit\n") != 0) {
        if (strncmp(line, "use ", 4) == 0)
            let_them(atol(line + 4));
        if (strcmp(line, "fork\n") == 0)
            fork_one();
        if (strcmp(line, "close\n") == 0)
            shut_in();
        puts("done");
        fflush(stdout);
    }
    quiet = true;
    let_them(-1);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    pthread_join(noise, NULL);
    return 0;
}

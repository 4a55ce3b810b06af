/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Does what it reads on its standard input, and says `done` each time: `use N`, N acquires by each of its threads;
 * `main`, five by the main thread; `thread`, one by a thread that comes and goes; `fork`, a child that uses the locks and
 * ends; `close`, the main thread to the sandbox; `tsc`, the main thread may not look at the clock any more; `quit`. Beside them a thread makes a noise of its
 * own, but for `controlled quiet`.
 */
#include "survive.h"

#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#define THREADS 3

static pthread_mutex_t counted = PTHREAD_MUTEX_INITIALIZER, noisy = PTHREAD_MUTEX_INITIALIZER;
static pthread_barrier_t begin, end;
static _Atomic long times;
static atomic_bool quiet;

static void *make_noise(void *unused)
{
    pthread_setname_np(pthread_self(), "noise");
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

static void *use_once(void *unused)
{
    pthread_setname_np(pthread_self(), "passing");
    use_it();
    return unused;
}

static void *use(void *unused)
{
    pthread_setname_np(pthread_self(), "user");
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

/* A filter that lets pass what this thread has to do; another system call is its end. */
static void shut_in(void)
{
    static const int allowed[] = {SYS_read, SYS_write, SYS_futex, SYS_exit, SYS_exit_group, SYS_madvise, SYS_munmap,
                                  SYS_rt_sigprocmask};
    enum { COUNT = sizeof allowed / sizeof *allowed };
    struct sock_filter filter[COUNT * 2 + 2] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr))};
    for (int i = 0; i < COUNT; i++) {
        filter[1 + 2 * i] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)allowed[i], 0, 1);
        filter[2 + 2 * i] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    }
    filter[COUNT * 2 + 1] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS);
    struct sock_fprog program = {COUNT * 2 + 2, filter};
    CHECK(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
    CHECK(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0);
}

int main(int argc, char **argv)
{
    pthread_t threads[THREADS], noise, passing;
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
        if (strcmp(line, "main\n") == 0)
            for (int i = 0; i < 5; i++)
                use_it();
        if (strcmp(line, "thread\n") == 0) {
            CHECK(pthread_create(&passing, NULL, use_once, NULL) == 0);
            pthread_join(passing, NULL);
        }
        if (strcmp(line, "tsc\n") == 0)
            CHECK(prctl(PR_SET_TSC, PR_TSC_SIGSEGV) == 0);
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

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Shuts itself in, as sandboxes do: from then on any system call that the plain program does not make kills it. Threads
 * come and go and take locks there. Usage: sandbox
 * filter|seccomp|tsync|tsc|tsc-syscall|strict [alone]; `tsync` is for all threads. `tsc-before PROGRAM` runs another program
 * that may not look at the clock from its beginning.
 */
#include "survive.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

static pthread_mutex_t before = PTHREAD_MUTEX_INITIALIZER, inside = PTHREAD_MUTEX_INITIALIZER;

static const int allowed[] = {
    SYS_write, SYS_futex, SYS_exit, SYS_exit_group, SYS_clone3, SYS_clone, SYS_mmap, SYS_munmap, SYS_mprotect, SYS_madvise,
    SYS_rt_sigprocmask, SYS_rseq, SYS_set_robust_list, SYS_newfstatat,
};

static void install(const char *how)
{
    enum { COUNT = sizeof allowed / sizeof *allowed };
    struct sock_filter filter[COUNT * 2 + 2];
    int size = 0;
    filter[size++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr));
    for (int i = 0; i < COUNT; i++) {
        filter[size++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)allowed[i], 0, 1);
        filter[size++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    }
    filter[size++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS);
    struct sock_fprog program = {(unsigned short)size, filter};
    CHECK(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
    if (strcmp(how, "filter") == 0) {
        CHECK(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0);
    } else {
        unsigned flags = strcmp(how, "tsync") == 0 ? SECCOMP_FILTER_FLAG_TSYNC : 0;
        /* libseccomp asks first, without a filter, whether the kernel knows the flags. */
        CHECK(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, NULL) < 0 && errno == EFAULT);
        CHECK(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program) == 0);
    }
}

static void use(pthread_mutex_t *lock, int times)
{
    for (int i = 0; i < times; i++) {
        pthread_mutex_lock(lock);
        pthread_mutex_unlock(lock);
    }
}

static void *work(void *unused)
{
    use(&inside, 10);
    return unused;
}

int main(int argc, char **argv)
{
    const char *how = argc > 1 ? argv[1] : "";
    pthread_t thread;
    if (strcmp(how, "tsc-before") == 0) {
        CHECK(prctl(PR_SET_TSC, PR_TSC_SIGSEGV, 0, 0, 0) == 0);
        return execv(argv[2], argv + 2);
    }
    if (argc > 2) {
        use(&before, 10);
        puts("at least before 10");
        fflush(stdout);
        install(how);
        use(&inside, 10);
        return 0;
    }
    pthread_create(&thread, NULL, work, NULL); /* what is loaded and made with the first thread is there now */
    pthread_join(thread, NULL);
    use(&before, 10);
    printf("at least before 10\n");
    fflush(stdout);
    if (strcmp(how, "filter") == 0 || strcmp(how, "seccomp") == 0 || strcmp(how, "tsync") == 0)
        install(how);
    else if (strcmp(how, "tsc") == 0)
        CHECK(prctl(PR_SET_TSC, PR_TSC_SIGSEGV, 0, 0, 0) == 0);
    else if (strcmp(how, "tsc-syscall") == 0)
        CHECK(syscall(SYS_prctl, PR_SET_TSC, PR_TSC_SIGSEGV, 0, 0, 0) == 0);
    else if (strcmp(how, "strict") == 0)
        CHECK(prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT) == 0);
    use(&inside, 10);
    if (strcmp(how, "strict") == 0)
        syscall(SYS_exit, 0);
    for (int i = 0; i < 20; i++) {
        pthread_create(&thread, NULL, work, NULL);
        pthread_join(thread, NULL);
    }
    printf("at most inside %d\n", 10 + 10 + 200);
    return 0;
}

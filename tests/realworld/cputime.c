/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cputime FILE PROGRAM ARGUMENTS...: runs a program and adds a line to FILE, the seconds of processor time (user and
 * system) that it and the children it waited for have used. SIGTERM and SIGINT are handed on; the exit status is the
 * program's. A server is measured by it alone, without the clients that load it.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static volatile sig_atomic_t child;

static void hand_on(int signal)
{
    if (child > 0) kill(child, signal);
}

static double seconds(struct timeval time)
{
    return (double)time.tv_sec + (double)time.tv_usec / 1e6;
}

int main(int argc, char **argv)
{
    if (argc < 3) {
        fprintf(stderr, "usage: cputime FILE PROGRAM ARGUMENTS...\n");
        return 2;
    }
    /* Blocked until there is somebody to hand them on to. */
    sigset_t both, before;
    sigemptyset(&both);
    sigaddset(&both, SIGTERM);
    sigaddset(&both, SIGINT);
    sigprocmask(SIG_BLOCK, &both, &before);
    sigaction(SIGTERM, &(struct sigaction){.sa_handler = hand_on}, NULL);
    sigaction(SIGINT, &(struct sigaction){.sa_handler = hand_on}, NULL);
    pid_t pid = fork();
    if (pid == 0) {
        signal(SIGTERM, SIG_DFL);
        signal(SIGINT, SIG_DFL);
        sigprocmask(SIG_SETMASK, &before, NULL);
        execvp(argv[2], argv + 2);
        fprintf(stderr, "cputime: cannot run %s\n", argv[2]);
        _exit(127);
    }
    child = pid;
    sigprocmask(SIG_SETMASK, &before, NULL);
    int status = 1;
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {}
    struct rusage used;
    getrusage(RUSAGE_CHILDREN, &used);
    FILE *file = fopen(argv[1], "a");
    if (file == NULL || fprintf(file, "%.6f\n", seconds(used.ru_utime) + seconds(used.ru_stime)) < 0 || fclose(file) != 0) {
        fprintf(stderr, "cputime: cannot write %s\n", argv[1]);
        return 2;
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

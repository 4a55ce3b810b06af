/* SPDX-License-Identifier: Apache-2.0 */
/*
 * peak-memory COMMAND ...: runs a command and prints, as the last line of its own standard error, how it ended and the
 * most memory it had, in KiB: `peak STATUS KIB`. A program of its own, and small, because a process begins with the peak
 * of the one that forked it.
 */
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    int status;
    struct rusage usage;
    pid_t child = argc > 1 ? fork() : -1;
    if (child == 0) {
        execv(argv[1], argv + 1);
        perror(argv[1]);
        _exit(127);
    }
    if (child < 0 || wait4(child, &status, 0, &usage) != child) {
        fputs("usage: peak-memory COMMAND ...\n", stderr);
        return 2;
    }
    fprintf(stderr, "peak %d %ld\n", WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status), usage.ru_maxrss);
    return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Running other programs: see process.h. */
#include "process.h"

#include "scratch.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static int redirect(const char *path, int to, int flags)
{
    int fd = open(path, O_WRONLY | O_CREAT | flags, 0600);
    if (fd < 0 || dup2(fd, to) < 0) return -errno;
    if (fd != to) close(fd);
    return 0;
}

static void limit_cpu(unsigned seconds)
{
    struct rlimit limit = {seconds, seconds + 1}, core = {0, 0};
    setrlimit(RLIMIT_CPU, &limit);
    setrlimit(RLIMIT_CORE, &core);
}

/* In the child. What goes wrong is reported through `report`, which closes by itself on success. */
static void start(char *const *argv, const struct process_setup *setup, int output, int report)
{
    int error = 0;
    if (output >= 0 && dup2(output, STDOUT_FILENO) < 0) error = -errno;
    if (!error && setup->output) error = redirect(setup->output, STDOUT_FILENO, O_TRUNC);
    if (!error && setup->errors) {
        bool same = setup->output && strcmp(setup->output, setup->errors) == 0;
        if (same)
            error = dup2(STDOUT_FILENO, STDERR_FILENO) < 0 ? -errno : 0;
        else
            error = redirect(setup->errors, STDERR_FILENO, O_TRUNC);
    }
    if (setup->cpu_seconds) limit_cpu(setup->cpu_seconds);
    if (!error) {
        execvp(argv[0], argv);
        error = -errno;
    }
    if (write(report, &error, sizeof error) != sizeof error) _exit(126);
    _exit(127);
}

static double milliseconds(const struct rusage *used)
{
    return (double)(used->ru_utime.tv_sec + used->ru_stime.tv_sec) * 1e3 +
           (double)(used->ru_utime.tv_usec + used->ru_stime.tv_usec) / 1e3;
}

int process_run(char *const *argv, const struct process_setup *setup, int *ret_status)
{
    static const struct process_setup none;
    int report[2], output[2] = {-1, -1}, error = 0;

    if (setup == NULL) setup = &none;
    if (pipe2(report, O_CLOEXEC) < 0) return -errno;
    if (setup->capture && pipe2(output, O_CLOEXEC) < 0) {
        error = -errno;
        close(report[0]);
        close(report[1]);
        return error;
    }
    fflush(NULL);
    scratch_hold_signals(true);
    pid_t child = fork();
    if (child == 0) {
        scratch_in_child();
        start(argv, setup, output[1], report[1]);
    }
    if (child < 0) error = -errno;
    scratch_child(child > 0 ? child : 0);
    scratch_hold_signals(false);
    close(report[1]);
    if (setup->capture) close(output[1]);
    if (child > 0) {
        if (setup->capture) error = bytes_read(setup->capture, output[0]);
        int failure;
        if (read(report[0], &failure, sizeof failure) == sizeof failure) error = failure;
        struct rusage used = {0};
        while (wait4(child, ret_status, 0, &used) < 0 && errno == EINTR)
            continue;
        if (setup->milliseconds) *setup->milliseconds += milliseconds(&used);
        scratch_child(0);
    }
    close(report[0]);
    if (setup->capture) close(output[0]);
    return error;
}

bool process_succeeded(int status)
{
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

void process_become(char *const *argv)
{
    fflush(NULL);
    scratch_remove();
    execvp(argv[0], argv);
}

void process_become_or_die(char *const *argv)
{
    process_become(argv);
    int error = errno;
    fprintf(stderr, "mutray: cannot run %s: %s; give a compiler in PATH, or the path of one\n", argv[0], strerror(error));
    exit(error == ENOENT ? 127 : 126);
}

void process_end_like(int status)
{
    scratch_remove();
    fflush(NULL);
    if (WIFSIGNALED(status)) {
        struct rlimit none = {0, 0};
        setrlimit(RLIMIT_CORE, &none); /* the child has dumped its own */
        signal(WTERMSIG(status), SIG_DFL);
        raise(WTERMSIG(status));
        _exit(128 + WTERMSIG(status));
    }
    _exit(WEXITSTATUS(status));
}

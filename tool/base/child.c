/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A program in our place. All signals that could be meant for it are blocked here and taken one by one: one that a
 * process sent is passed on; one that the kernel sent came from the terminal, which sends to the whole foreground
 * group, so the program has it already. Stopping (Ctrl-Z) is left to the system, which stops both.
 */
#include "base/child.h"

#include "base/say.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* Not passed on: what cannot be caught, what our own faults raise, and job control. */
static const int kept[] = {SIGKILL, SIGSTOP, SIGSEGV, SIGBUS,  SIGFPE,  SIGILL,  SIGTRAP,
                           SIGABRT, SIGSYS,  SIGTSTP, SIGTTIN, SIGTTOU, SIGCONT, SIGPIPE};

static void passed_on(sigset_t *ret_set)
{
    sigfillset(ret_set);
    for (size_t i = 0; i < sizeof kept / sizeof kept[0]; i++) sigdelset(ret_set, kept[i]);
}

/* Tells the parent through the pipe why there is no program; the pipe closes by itself when there is. */
static void __attribute__((noreturn))
become(char *const *argv, const sigset_t *mask, const struct sigaction *on_child, int report)
{
    sigaction(SIGCHLD, on_child, NULL);
    sigprocmask(SIG_SETMASK, mask, NULL);
    execvp(argv[0], argv);
    int code = errno;
    if (write(report, &code, sizeof code) < 0) _exit(126);
    _exit(127);
}

static int start(char *const *argv, const sigset_t *mask, const struct sigaction *on_child, pid_t *ret_pid)
{
    int report[2], code = 0;
    if (pipe2(report, O_CLOEXEC) < 0) return -errno;
    pid_t pid = *ret_pid = fork();
    if (pid < 0) {
        code = errno;
    } else if (pid == 0) {
        become(argv, mask, on_child, report[1]);
    }
    close(report[1]);
    if (pid > 0 && read(report[0], &code, sizeof code) != sizeof code) code = 0;
    close(report[0]);
    if (code != 0 && pid > 0) waitpid(pid, NULL, 0);
    return -code;
}

static int wait_and_pass_on(pid_t pid, const sigset_t *set, void (*tick)(void *context), void *context)
{
    static const struct timespec second = {.tv_sec = 1};
    int status;
    while (waitpid(pid, &status, WNOHANG) != pid) {
        siginfo_t info;
        int signal = sigtimedwait(set, &info, &second);
        if (signal > 0 && signal != SIGCHLD && info.si_code <= 0) kill(pid, signal);
        if (signal < 0 && tick != NULL) tick(context);
    }
    return status;
}

int mutray_child_run(char *const *argv, void (*tick)(void *context), void *context, int *ret_wait_status)
{
    sigset_t set, before;
    struct sigaction on_child, by_default = {.sa_handler = SIG_DFL};
    pid_t pid = -1;
    fflush(NULL);
    passed_on(&set);
    sigprocmask(SIG_BLOCK, &set, &before);
    sigaction(SIGCHLD, &by_default, &on_child); /* ignored, there would be nothing to wait for */
    int result = start(argv, &before, &on_child, &pid);
    if (result == 0) *ret_wait_status = wait_and_pass_on(pid, &set, tick, context);
    /* A Ctrl-C that ended the program is not to end the report about it. */
    const struct timespec now = {0};
    while (sigtimedwait(&set, NULL, &now) > 0) {
    }
    sigaction(SIGCHLD, &on_child, NULL);
    sigprocmask(SIG_SETMASK, &before, NULL);
    return result;
}

void mutray_child_exit_like(int wait_status)
{
    fflush(NULL);
    if (!WIFSIGNALED(wait_status)) exit(WEXITSTATUS(wait_status));
    int number = WTERMSIG(wait_status);
    sigset_t set;
    setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
    signal(number, SIG_DFL);
    sigemptyset(&set);
    sigaddset(&set, number);
    sigprocmask(SIG_UNBLOCK, &set, NULL);
    raise(number);
    exit(128 + number); /* not reached: every signal that ends a program by default has ended this one */
}

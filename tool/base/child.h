/* SPDX-License-Identifier: Apache-2.0 */
/* Running somebody else's program in our place, as env or nice would: nobody around should notice that we are there. */
#ifndef MUTRAY_BASE_CHILD_H
#define MUTRAY_BASE_CHILD_H

/*
 * Runs argv[0] (looked up in PATH) and waits. Signals sent to this process go on to the program; those of the terminal
 * (Ctrl-C) reach it by themselves and only once. `tick` is called about once a second, if not null.
 * 0 and the wait status, or -errno if it could not be started.
 */
int mutray_child_run(char *const *argv, void (*tick)(void *context), void *context, int *ret_wait_status);

/* Exits as the program did: the same status, or killed by the same signal (without a second core dump). */
void mutray_child_exit_like(int wait_status) __attribute__((noreturn));

#endif

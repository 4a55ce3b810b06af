/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A program that shuts itself in may not be killed by what mutray does in its threads. There are two functions of libc by
 * which that is done: prctl(), and syscall(), by which libseccomp makes its system calls. mutray stands in front of both
 * (wrap.c), and looks here at what is asked for.
 *
 * A filter without a program only asks what the kernel can do. A filter for all threads is one for the exporter's too, so
 * that this is its end; and so it is where the clock may not be read any more, which strict mode implies.
 */
#include "sandbox.h"

#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "../record/clock.h"
#include "exporter.h"

static void end(void)
{
    mutray__exporter_sandbox(true);
    mutray__clock_forbid();
}

void mutray__look_at_prctl(int option, unsigned long argument)
{
    bool strict = option == PR_SET_SECCOMP && argument == SECCOMP_MODE_STRICT;
    if (strict || (option == PR_SET_TSC && argument == PR_TSC_SIGSEGV))
        end();
    else if (option == PR_SET_SECCOMP)
        mutray__exporter_sandbox(false);
}

void mutray__look_at_syscall(long number, const unsigned long arguments[static 3])
{
    if (__builtin_expect(number != SYS_seccomp && number != SYS_prctl, 1))
        return;
    if (number == SYS_prctl)
        mutray__look_at_prctl((int)arguments[0], arguments[1]);
    else if (arguments[0] == SECCOMP_SET_MODE_STRICT)
        end();
    else if (arguments[0] == SECCOMP_SET_MODE_FILTER && arguments[2] != 0)
        mutray__exporter_sandbox((arguments[1] & SECCOMP_FILTER_FLAG_TSYNC) != 0);
}

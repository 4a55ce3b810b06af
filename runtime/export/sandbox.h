/* SPDX-License-Identifier: Apache-2.0 */
/* What the program asks the kernel for, before it does: it may be shutting itself in; see sandbox.c. */
#ifndef MUTRAY_SANDBOX_H
#define MUTRAY_SANDBOX_H

void mutray__look_at_prctl(int option, unsigned long argument);
/* Cheap for all numbers but a few. */
void mutray__look_at_syscall(long number, const unsigned long arguments[static 3]);

#endif

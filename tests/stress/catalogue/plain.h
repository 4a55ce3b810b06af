/* SPDX-License-Identifier: Apache-2.0 */
/* What uninstrumented code does with the same locks; plain.c is compiled without mutray. */
#ifndef PLAIN_H
#define PLAIN_H

#include <stddef.h>

int plain_acquire(void *lock);
int plain_release(void *lock);
int plain_try(void *lock);
size_t plain_size(void);
/* A lock as its initialiser leaves it. */
const void *plain_initial(void);
/* A semaphore made of a mutex and a condition variable, as a library might have one. */
void plain_semaphore_post(void);
void plain_semaphore_wait(void);

#endif

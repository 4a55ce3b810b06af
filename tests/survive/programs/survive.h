/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the programs of this folder share. Each does one thing that is hard on a profiler, checks for itself that it went
 * well, and says how often it acquired its locks: the profile must have counted the same. See survive_test.py.
 */
#ifndef SURVIVE_H
#define SURVIVE_H

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SAY_ACQUIRES(lock, count) printf("acquires %s %lu\n", #lock, (unsigned long)(count))

/* The program's own check: it says what was expected, and fails. */
#define CHECK(condition)                                                                                               \
    do {                                                                                                               \
        if (!(condition)) {                                                                                            \
            fprintf(stderr, "%s:%d: not so: %s (errno %d)\n", __FILE__, __LINE__, #condition, errno);                  \
            _exit(99);                                                                                                 \
        }                                                                                                              \
    } while (0)

#endif

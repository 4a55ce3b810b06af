/* SPDX-License-Identifier: Apache-2.0 */
/* A profile's file: it has its name only when it is whole. */
#ifndef MUTRAY_FILE_H
#define MUTRAY_FILE_H

#include <stddef.h>
#include <sys/types.h>

struct mutray__file {
    int fd;
    int error;        /* the first one */
    char path[4096];  /* PREFIX.PID.SEQ.pprof */
    char draft[4104]; /* the name it has until then */
};

/* Begins PREFIX.PID.SEQ.pprof. 0 or a negative errno, also kept in the file. */
int mutray__file_begin(struct mutray__file *file, const char *prefix, pid_t pid, unsigned seq);
int mutray__file_put(struct mutray__file *file, const void *bytes, size_t size);
/* Gives the file its name; or, after an error of its own or the caller's, removes the draft. 0 or the first error. */
int mutray__file_end(struct mutray__file *file, int error);

#endif

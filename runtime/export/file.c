/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writing a profile to a file. It is written under another name and renamed when it is whole, so nobody ever reads half
 * a profile. The draft is created anew and never through a link, so that in a shared folder nobody can make a program
 * write elsewhere. No descriptor stays open between profiles: daemons that close all of theirs would hand it on.
 */
#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

static int create(const char *path)
{
    return open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
}

int mutray__file_begin(struct mutray__file *file, const char *prefix, pid_t pid, unsigned seq)
{
    file->fd = -1;
    int length = snprintf(file->path, sizeof file->path, "%s.%d.%u.pprof", prefix, (int)pid, seq);
    if (length < 0 || (size_t)length >= sizeof file->path)
        return file->error = -ENAMETOOLONG;
    snprintf(file->draft, sizeof file->draft, "%s.part", file->path);
    file->fd = create(file->draft);
    if (file->fd < 0 && errno == EEXIST && unlink(file->draft) == 0) /* of a process that had our number and died */
        file->fd = create(file->draft);
    return file->error = file->fd < 0 ? -errno : 0;
}

int mutray__file_put(struct mutray__file *file, const void *bytes, size_t size)
{
    const char *next = bytes;
    while (size > 0 && file->error == 0) {
        ssize_t written = write(file->fd, next, size);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0) {
            file->error = written < 0 ? -errno : -EIO;
            break;
        }
        next += written;
        size -= (size_t)written;
    }
    return file->error;
}

int mutray__file_end(struct mutray__file *file, int error)
{
    if (file->fd < 0)
        return file->error;
    if (file->error == 0)
        file->error = error;
    if (close(file->fd) < 0 && errno != EINTR && file->error == 0)
        file->error = -errno; /* a full disk may only be noticed here */
    file->fd = -1;
    if (file->error == 0 && rename(file->draft, file->path) < 0)
        file->error = -errno;
    if (file->error < 0)
        unlink(file->draft);
    return file->error;
}

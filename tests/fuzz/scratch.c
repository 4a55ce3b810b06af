/* SPDX-License-Identifier: Apache-2.0 */
/* See scratch.h. The folder is removed when the process exits in order. */
#include "scratch.h"

#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static char folder[] = "/tmp/mutray-fuzz-XXXXXX";

static int remove_one(const char *path, const struct stat *status, int kind, struct FTW *where)
{
    (void)status, (void)kind, (void)where;
    return remove(path);
}

static void remove_folder(void)
{
    nftw(folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static void enter(void)
{
    static int entered;
    if (entered) return;
    if (mkdtemp(folder) == NULL || chdir(folder) != 0) abort();
    atexit(remove_folder);
    entered = 1;
}

void scratch_write(const char *name, const void *bytes, size_t size)
{
    enter();
    int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0 || write(fd, bytes, size) != (ssize_t)size) abort();
    close(fd);
}

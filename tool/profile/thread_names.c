/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A spool says of a thread that held a lock only which one it was. Its name stands with what it recorded itself, so names
 * are gathered first. Of a process that was turned on from outside nobody has asked the kernel for names of living
 * threads (the drains of an exporter do); whoever reads its memory can.
 */
#include "profile/thread_names.h"

#include "base/say.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct mutray_thread_name {
    uint32_t thread;
    char name[MUTRAY_THREAD_NAME];
};

void mutray_thread_name_ask(pid_t process, uint32_t thread, char ret[static MUTRAY_THREAD_NAME])
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/task/%u/comm", (int)process, thread);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t size = fd >= 0 ? read(fd, ret, MUTRAY_THREAD_NAME - 1) : 0;
    if (fd >= 0) close(fd);
    if (size > 0 && ret[size - 1] == '\n') size--;
    ret[size > 0 ? size : 0] = '\0';
}

void mutray_thread_names_add(struct mutray_thread_names *names, uint32_t thread, const char *name)
{
    names->all = mutray_grow(names->all, names->count, &names->capacity, sizeof *names->all);
    struct mutray_thread_name *added = &names->all[names->count++];
    added->thread = thread;
    snprintf(added->name, sizeof added->name, "%s", name);
}

static int compare(const void *left, const void *right)
{
    const struct mutray_thread_name *const *a = left, *const *b = right;
    return ((*a)->thread > (*b)->thread) - ((*a)->thread < (*b)->thread);
}

void mutray_thread_names_sort(struct mutray_thread_names *names)
{
    names->by_id = mutray_calloc(names->count + 1, sizeof *names->by_id);
    for (size_t i = 0; i < names->count; i++)
        if (names->all[i].name[0] != '\0') names->by_id[names->id_count++] = &names->all[i];
    qsort(names->by_id, names->id_count, sizeof *names->by_id, compare);
}

const char *mutray_thread_names_at(const struct mutray_thread_names *names, size_t n)
{
    return n < names->count ? names->all[n].name : "";
}

const char *mutray_thread_names_find(const struct mutray_thread_names *names, uint32_t thread)
{
    const struct mutray_thread_name like = {.thread = thread}, *key = &like;
    if (names->id_count == 0) return "";
    const struct mutray_thread_name *const *found =
        bsearch(&key, names->by_id, names->id_count, sizeof *names->by_id, compare);
    return found != NULL ? (*found)->name : "";
}

void mutray_thread_names_free(struct mutray_thread_names *names)
{
    free(names->by_id);
    free(names->all);
    *names = (struct mutray_thread_names){0};
}

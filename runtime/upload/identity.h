/* SPDX-License-Identifier: Apache-2.0 */
/* Who sends a profile: the process, its container, its host. */
#ifndef MUTRAY_IDENTITY_H
#define MUTRAY_IDENTITY_H

#include <stddef.h>

struct mutray__identity {
    char runtime_id[37];    /* a random UUID, new for each process */
    char container_id[128]; /* "" if none is known */
    char entity_id[160];    /* "ci-CONTAINER", or "in-INODE" of the cgroup, or "" */
    char process_tags[1024];
};

/* `service` is "" if the user named none; `program` then stands for it. */
void mutray__identity_find(const char *program, const char *service, struct mutray__identity *ret);
/* Of a process that is gone, of which no more than that is known: another id each time. */
void mutray__identity_of_another(const char *program, const char *service, struct mutray__identity *ret);

/* The container's id in the text of /proc/self/cgroup, or "". */
void mutray__container_id(const char *cgroup, size_t size, char *ret);
/*
 * The path of this process's cgroup below /sys/fs/cgroup, as /proc/self/cgroup tells it: version 2, else version 1's
 * memory controller. "" if there is none.
 */
void mutray__cgroup_path(const char *cgroup, size_t size, char *ret);
/* Lower case, other than letters, digits and / . _ - replaced by single underscores, none at the ends, 100 at most. */
void mutray__normalise_tag_value(const char *value, size_t size, char *ret);

#endif

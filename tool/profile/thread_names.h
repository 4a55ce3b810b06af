/* SPDX-License-Identifier: Apache-2.0 */
/* Names of a process's threads by their ids, from what it recorded or from the kernel; see thread_names.c. */
#ifndef MUTRAY_PROFILE_THREAD_NAMES_H
#define MUTRAY_PROFILE_THREAD_NAMES_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define MUTRAY_THREAD_NAME 17

struct mutray_thread_names {
    struct mutray_thread_name *all; /* in the order in which they were added */
    size_t count, capacity;
    const struct mutray_thread_name **by_id; /* those that have a name */
    size_t id_count;
};

/* Asks the kernel for the name of a thread that is there. "" if it is not. */
void mutray_thread_name_ask(pid_t process, uint32_t thread, char ret[static MUTRAY_THREAD_NAME]);
void mutray_thread_names_add(struct mutray_thread_names *names, uint32_t thread, const char *name);
/* After the last one was added. From then on names stay where they are, until they are freed. */
void mutray_thread_names_sort(struct mutray_thread_names *names);
/* The one that was added as the n-th, from 0; and one by its thread. "" if it is not known. */
const char *mutray_thread_names_at(const struct mutray_thread_names *names, size_t n);
const char *mutray_thread_names_find(const struct mutray_thread_names *names, uint32_t thread);
void mutray_thread_names_free(struct mutray_thread_names *names);

#endif

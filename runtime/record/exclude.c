/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Locks nobody wants to see: those made in files or folders that DD_PROFILING_LOCK_EXCLUDE_MODULES names. As for
 * Datadog's Python client it is where a lock is made that counts, not where it is used; where nobody knows that, the
 * file of the call. What an entry names begins where a file's or folder's name begins, and ends where one ends, or
 * before a dot: `http` is any folder of that name, and http.c, but not http2.c; `/usr/src` is only that.
 *
 * A creation is marked when its unit is joined, with the number of that start of recording: another start may leave
 * out others.
 */
#include "names.h"
#include "thread.h"

#include <ctype.h>
#include <string.h>

static bool begins_with(const char *path, const char *entry, size_t size)
{
    return strncmp(path, entry, size) == 0 && (path[size] == '\0' || path[size] == '/' || path[size] == '.');
}

static bool names(const char *entry, size_t size, const char *path)
{
    while (size > 0 && isspace((unsigned char)entry[size - 1]))
        size--;
    while (size > 1 && entry[size - 1] == '/')
        size--;
    if (size == 0)
        return false;
    if (begins_with(path, entry, size))
        return true;
    if (entry[0] == '/')
        return false;
    for (const char *slash = strchr(path, '/'); slash != NULL; slash = strchr(slash + 1, '/'))
        if (begins_with(slash + 1, entry, size))
            return true;
    return false;
}

bool mutray__excludes(const char *path)
{
    const char *entry = mutray__settings.config.excluded;
    while (*entry != '\0') {
        size_t size = strcspn(entry, ",");
        size_t before = strspn(entry, " \t");
        if (before < size && names(entry + before, size - before, path))
            return true;
        entry += size + (entry[size] == ',');
    }
    return false;
}

static uint32_t now(void)
{
    return atomic_load_explicit(&mutray__settings.epoch, memory_order_relaxed);
}

void mutray__exclude(struct mutray__creation_record *creation, const char *path)
{
    if (creation == NULL || !mutray__excludes(path))
        return;
    atomic_store_explicit(&creation->excluded_since, now(), memory_order_relaxed);
    if (creation->key != NULL)
        mutray__key_unsettle(creation->key);
}

bool mutray__is_excluded(const struct mutray__name_record *name, const struct mutray__site_record *site)
{
    if (mutray__settings.config.excluded[0] == '\0')
        return false;
    if (name->creation != NULL)
        return atomic_load_explicit(&name->creation->excluded_since, memory_order_relaxed) == now();
    return mutray__excludes(site->place.file);
}

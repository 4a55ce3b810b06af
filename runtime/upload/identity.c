/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A container is known by the last part of a cgroup path: 64 hexadecimal digits with Docker and containerd, a UUID with
 * Fargate and Cloud Foundry, 32 digits and a number with ECS; ".scope" may follow. Where the path is hidden (cgroup
 * namespaces), the agent can find the container by the inode of the cgroup's folder.
 */
#include "identity.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#define HOST_CGROUP_NAMESPACE "cgroup:[4026531835]" /* 0xEFFFFFFB */

static void make_uuid(char *ret)
{
    unsigned char bytes[16];
    if (getrandom(bytes, sizeof bytes, GRND_NONBLOCK) != sizeof bytes) /* only in the first moments of a machine */
        for (size_t i = 0; i < sizeof bytes; i++)
            bytes[i] = (unsigned char)(((uintptr_t)&bytes >> 4 ^ (uintptr_t)getpid() * 2654435761u) >> i);
    bytes[6] = (unsigned char)((bytes[6] & 0x0f) | 0x40);
    bytes[8] = (unsigned char)((bytes[8] & 0x3f) | 0x80);
    for (size_t i = 0; i < sizeof bytes; i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10)
            *ret++ = '-';
        ret += sprintf(ret, "%02x", bytes[i]);
    }
}

/* How much of the text a pattern covers: `x` stands for a hexadecimal digit, `-` for a dash or underscore. 0: none. */
static size_t match(const char *text, const char *pattern)
{
    size_t i = 0;
    for (; pattern[i] != '\0'; i++)
        if (pattern[i] == 'x' ? !isxdigit((unsigned char)text[i]) : text[i] != '-' && text[i] != '_')
            return 0;
    return i;
}

/* The length of the container's id that the text begins with, if nothing but ".scope" follows. */
static size_t match_id(const char *text)
{
    static const char *const patterns[] = {
        "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
        "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx",
        "xxxxxxxx-xxxx-xxxx-xxxx-xxxx",
        "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx-",
    };
    for (size_t i = 0; i < sizeof patterns / sizeof patterns[0]; i++) {
        size_t length = match(text, patterns[i]);
        if (length == 33) /* 32 digits and a dash: then a decimal number */
            length = isdigit((unsigned char)text[33]) ? 33 + strspn(text + 33, "0123456789") : 0;
        if (length > 0 && (text[length] == '\0' || strcmp(text + length, ".scope") == 0))
            return length;
    }
    return 0;
}

/* In the last part of the path, or, since systemd may put a folder below a .scope, in the one before. */
static size_t find_id(char *path, const char **ret_id)
{
    for (int tries = 0; tries < 2; tries++) {
        char *part = strrchr(path, '/');
        part = part == NULL ? path : part + 1;
        for (const char *at = part; *at != '\0'; at++) { /* "docker-ID.scope", "cri-containerd-ID.scope" */
            size_t length = at == part || !isalnum((unsigned char)at[-1]) ? match_id(at) : 0;
            if (length > 0 && (tries == 0 || at[length] == '.')) {
                *ret_id = at;
                return length;
            }
        }
        if (part == path)
            return 0;
        part[-1] = '\0';
    }
    return 0;
}

/* The next line "id:controllers:path" of the text; false at its end. Lines that are no such thing are skipped. */
static bool next_line(const char **text, size_t size, char *ret_line, char **ret_controllers, char **ret_path)
{
    while (**text != '\0') {
        size_t length = strcspn(*text, "\n");
        bool fits = length < size;
        memcpy(ret_line, *text, fits ? length : 0);
        ret_line[fits ? length : 0] = '\0';
        *text += length + ((*text)[length] == '\n');
        char *controllers = strchr(ret_line, ':'), *path = controllers == NULL ? NULL : strchr(controllers + 1, ':');
        if (path == NULL)
            continue;
        *path = '\0';
        *ret_controllers = controllers + 1;
        *ret_path = path + 1;
        return true;
    }
    return false;
}

void mutray__container_id(const char *cgroup, size_t size, char *ret)
{
    char line[4096], *controllers, *path;
    ret[0] = '\0';
    while (next_line(&cgroup, sizeof line, line, &controllers, &path)) {
        const char *id;
        size_t length = find_id(path, &id);
        if (length == 0 || length >= size)
            continue;
        memcpy(ret, id, length);
        ret[length] = '\0';
        return;
    }
}

static bool has_controller(const char *list, const char *name)
{
    size_t length = strlen(name);
    for (; list != NULL; list = strchr(list, ',') == NULL ? NULL : strchr(list, ',') + 1)
        if (strncmp(list, name, length) == 0 && (list[length] == '\0' || list[length] == ','))
            return true;
    return false;
}

void mutray__cgroup_path(const char *cgroup, size_t size, char *ret)
{
    char line[4096], *controllers, *path;
    ret[0] = '\0';
    while (next_line(&cgroup, sizeof line, line, &controllers, &path)) {
        if (has_controller(controllers, "memory")) {
            snprintf(ret, size, "memory%s", path);
            return;
        }
        if (controllers[0] == '\0')
            snprintf(ret, size, "%s", path[0] == '/' ? path + 1 : path);
    }
}

void mutray__normalise_tag_value(const char *value, size_t size, char *ret)
{
    size_t length = 0, most = size - 1 < 100 ? size - 1 : 100;
    for (; *value != '\0' && length < most; value++) {
        unsigned char c = (unsigned char)*value;
        char clean = isalnum(c) || strchr("/.-", c) != NULL ? (char)tolower(c) : '_';
        if (clean == '_' && (length == 0 || ret[length - 1] == '_'))
            continue;
        ret[length++] = clean;
    }
    while (length > 0 && ret[length - 1] == '_')
        length--;
    ret[length] = '\0';
}

static size_t add_tag(char *text, size_t used, size_t size, const char *key, const char *value)
{
    char clean[128];
    mutray__normalise_tag_value(value, sizeof clean, clean);
    if (clean[0] == '\0')
        return used;
    int written = snprintf(text + used, size - used, "%s%s:%s", used == 0 ? "" : ",", key, clean);
    return written > 0 && (size_t)written < size - used ? used + (size_t)written : used;
}

static const char *last_part(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash == NULL ? path : slash + 1;
}

static void find_process_tags(const char *program, const char *service, size_t size, char *ret)
{
    char folder[4096] = "", path[4096] = "";
    size_t used = 0;
    ret[0] = '\0';
    ssize_t length = readlink("/proc/self/exe", path, sizeof path - 1);
    if (length > 0 && strrchr(path, '/') != NULL)
        *strrchr(path, '/') = '\0';
    if (getcwd(folder, sizeof folder) == NULL)
        folder[0] = '\0';
    used = add_tag(ret, used, size, "entrypoint.basedir", last_part(path));
    used = add_tag(ret, used, size, "entrypoint.name", program);
    used = add_tag(ret, used, size, "entrypoint.type", "executable");
    used = add_tag(ret, used, size, "entrypoint.workdir", last_part(folder));
    add_tag(ret, used, size, service[0] != '\0' ? "svc.user" : "svc.auto", service[0] != '\0' ? "true" : program);
}

static void read_text(const char *path, size_t size, char *ret)
{
    size_t used = 0;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    while (fd >= 0 && used < size - 1) {
        ssize_t got = read(fd, ret + used, size - 1 - used);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            break;
        used += (size_t)got;
    }
    if (fd >= 0)
        close(fd);
    ret[used] = '\0';
}

static void find_container(struct mutray__identity *ret)
{
    char cgroup[16384], path[4096], node[4200], namespace[64] = "";
    struct stat status;
    read_text("/proc/self/cgroup", sizeof cgroup, cgroup);
    mutray__container_id(cgroup, sizeof ret->container_id, ret->container_id);
    if (ret->container_id[0] != '\0') {
        snprintf(ret->entity_id, sizeof ret->entity_id, "ci-%s", ret->container_id);
        return;
    }
    if (readlink("/proc/self/ns/cgroup", namespace, sizeof namespace - 1) < 0 ||
        strcmp(namespace, HOST_CGROUP_NAMESPACE) == 0)
        return; /* not in a container, or nothing to tell by */
    mutray__cgroup_path(cgroup, sizeof path, path);
    snprintf(node, sizeof node, "/sys/fs/cgroup/%s", path);
    if (stat(node, &status) == 0)
        snprintf(ret->entity_id, sizeof ret->entity_id, "in-%llu", (unsigned long long)status.st_ino);
}

void mutray__identity_of_another(const char *program, const char *service, struct mutray__identity *ret)
{
    char *tags = ret->process_tags;
    size_t size = sizeof ret->process_tags, used;
    memset(ret, 0, sizeof *ret);
    make_uuid(ret->runtime_id);
    used = add_tag(tags, 0, size, "entrypoint.name", program);
    used = add_tag(tags, used, size, "entrypoint.type", "executable");
    add_tag(tags, used, size, service[0] != '\0' ? "svc.user" : "svc.auto", service[0] != '\0' ? "true" : program);
}

void mutray__identity_find(const char *program, const char *service, struct mutray__identity *ret)
{
    memset(ret, 0, sizeof *ret);
    make_uuid(ret->runtime_id);
    find_container(ret);
    find_process_tags(program, service, sizeof ret->process_tags, ret->process_tags);
}

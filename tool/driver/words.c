/* SPDX-License-Identifier: Apache-2.0 */
/* Growing lists and small string helpers: see words.h. */
#include "words.h"

#include "base/say.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

void words_insert(struct words *words, size_t index, const char *word)
{
    words->at = mutray_grow(words->at, words->count + 1, &words->room, sizeof *words->at);
    memmove(words->at + index + 1, words->at + index, (words->count - index) * sizeof *words->at);
    words->at[index] = (char *)word;
    words->at[++words->count] = NULL;
}

void words_add(struct words *words, const char *word)
{
    words_insert(words, words->count, word);
}

void words_add_all(struct words *words, char *const *argv)
{
    while (*argv != NULL)
        words_add(words, *argv++);
}

bool words_have(char *const *argv, const char *word)
{
    for (; *argv != NULL; argv++)
        if (strcmp(*argv, word) == 0) return true;
    return false;
}

static void bytes_reserve(struct bytes *bytes, size_t more)
{
    if (bytes->size + more < bytes->room) return;
    while (bytes->room <= bytes->size + more)
        bytes->room = bytes->room ? 2 * bytes->room : 1 << 16;
    bytes->at = mutray_realloc(bytes->at, bytes->room, 1);
}

void bytes_add(struct bytes *bytes, const void *from, size_t size)
{
    bytes_reserve(bytes, size);
    if (size != 0) memcpy(bytes->at + bytes->size, from, size);
    bytes->size += size;
    bytes->at[bytes->size] = 0;
}

int bytes_read(struct bytes *bytes, int fd)
{
    bytes_add(bytes, NULL, 0);
    for (;;) {
        bytes_reserve(bytes, 1 << 16);
        ssize_t got = read(fd, bytes->at + bytes->size, bytes->room - bytes->size - 1);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return -errno;
        bytes->size += (size_t)got;
        bytes->at[bytes->size] = 0;
        if (got == 0) return 0;
    }
}

int bytes_read_file(struct bytes *bytes, const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return -errno;
    int error = bytes_read(bytes, fd);
    close(fd);
    return error;
}

bool starts_with(const char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

bool ends_with(const char *text, const char *suffix)
{
    size_t size = strlen(text), end = strlen(suffix);
    return size >= end && strcmp(text + size - end, suffix) == 0;
}

const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash != NULL ? slash + 1 : path;
}

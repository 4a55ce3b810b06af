/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Debug information is in the module's own file, or where `strip` and the distributions put it: below a folder by the
 * build-id, or under the name in the file's .gnu_debuglink. libdwfl would find it too, but may ask a server for it
 * (debuginfod), for which a profiled program is not the place.
 *
 * The files are read with pread() and never mapped: one that shrinks meanwhile is then an error and not a SIGBUS.
 */
#include "debug_file.h"

#include <elfutils/libdwelf.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A file that is larger than this would take too much of the program's memory. */
#define LARGEST_FILE ((off_t)256 << 20)

void mutray__debug_file_close(struct mutray__debug_file *file)
{
    dwarf_end(file->dwarf);
    elf_end(file->elf);
    if (file->fd >= 0)
        close(file->fd);
    *file = (struct mutray__debug_file){.fd = -1};
}

static int same_build(Elf *elf, const unsigned char *build_id, size_t size)
{
    const void *found = NULL;
    ssize_t found_size = dwelf_elf_gnu_build_id(elf, &found);
    if (found_size <= 0)
        return size == 0 ? 0 : -ESTALE;
    return (size_t)found_size == size && memcmp(found, build_id, size) == 0 ? 0 : -ESTALE;
}

/* The file as such; ret->dwarf is null if there is no debug information in it. */
static int open_elf(const char *path, const unsigned char *build_id, size_t size, struct mutray__debug_file *ret)
{
    struct stat status;
    *ret = (struct mutray__debug_file){.fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK)};
    if (ret->fd < 0)
        return -errno;
    int error = fstat(ret->fd, &status) < 0 ? -errno : S_ISREG(status.st_mode) ? 0 : -EINVAL;
    if (error == 0 && status.st_size > LARGEST_FILE)
        error = -EFBIG;
    if (error == 0) {
        ret->elf = elf_begin(ret->fd, ELF_C_READ, NULL);
        error = ret->elf == NULL || elf_kind(ret->elf) != ELF_K_ELF ? -EINVAL : same_build(ret->elf, build_id, size);
    }
    if (error == 0)
        ret->dwarf = dwarf_begin_elf(ret->elf, DWARF_C_READ, NULL);
    else
        mutray__debug_file_close(ret);
    return error;
}

/* A separate file, which must carry the build-id. Whether it was what is wanted. */
static int try_separate(const char *path, const unsigned char *build_id, size_t size, struct mutray__debug_file *ret)
{
    int error = open_elf(path, build_id, size, ret);
    if (error == 0 && ret->dwarf == NULL) {
        mutray__debug_file_close(ret);
        error = -ENOENT;
    }
    return error;
}

/* FOLDER/.build-id/ab/cdef.debug */
static int try_build_id(const char *folder, const unsigned char *build_id, size_t size, struct mutray__debug_file *ret)
{
    char path[PATH_MAX], name[2 * 64 + 1] = "";
    if (size < 2 || 2 * size >= sizeof name)
        return -ENOENT;
    for (size_t i = 1; i < size; i++)
        sprintf(name + 2 * (i - 1), "%02x", build_id[i]);
    int length = snprintf(path, sizeof path, "%s/.build-id/%02x/%s.debug", folder, build_id[0], name);
    return (size_t)length < sizeof path ? try_separate(path, build_id, size, ret) : -ENAMETOOLONG;
}

/* The places where gdb looks for it: beside the file, in .debug beside it, and at the same place below the folder. */
static int try_link(const char *module, const char *link, const char *folder, const unsigned char *build_id,
                    size_t size, struct mutray__debug_file *ret)
{
    const char *slash = strrchr(module, '/');
    int length = slash != NULL ? (int)(slash - module) : 0, error = -ENOENT;
    const struct {
        const char *before, *after;
    } places[] = {{"", ""}, {"", "/.debug"}, {folder, ""}};
    for (size_t i = 0; i < sizeof places / sizeof places[0] && error < 0; i++) {
        char path[PATH_MAX];
        size_t needed = (size_t)snprintf(path, sizeof path, "%s%.*s%s/%s", places[i].before, length, module,
                                         places[i].after, link);
        if (needed < sizeof path)
            error = try_separate(path, build_id, size, ret);
    }
    return error;
}

int mutray__debug_file_open(const char *path, const unsigned char *build_id, size_t build_id_size, const char *folder,
                            struct mutray__debug_file *ret)
{
    struct mutray__debug_file module;
    GElf_Word checksum;
    int error = open_elf(path, build_id, build_id_size, &module);
    if (error < 0)
        return error;
    if (module.dwarf != NULL) {
        *ret = module;
        return 0;
    }
    error = try_build_id(folder, build_id, build_id_size, ret);
    const char *link = dwelf_elf_gnu_debuglink(module.elf, &checksum);
    if (error < 0 && link != NULL && build_id_size != 0)
        error = try_link(path, link, folder, build_id, build_id_size, ret);
    mutray__debug_file_close(&module);
    return error < 0 ? -ENOENT : 0;
}

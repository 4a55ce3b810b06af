/* SPDX-License-Identifier: Apache-2.0 */
/* The test program itself, as a file to read symbols and debug information from, whole or damaged. */
#ifndef SELF_H
#define SELF_H

#include <fcntl.h>
#include <link.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmocka_all.h"
#include "symbols.h"

static unsigned char own_id[64];
static size_t own_id_size;
static uintptr_t own_bias;

static int see_self(struct dl_phdr_info *info, size_t size, void *context)
{
    (void)size, (void)context;
    own_bias = info->dlpi_addr;
    for (unsigned i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *segment = &info->dlpi_phdr[i];
        size_t id_size = 0;
        const unsigned char *id = segment->p_type != PT_NOTE ? NULL
                                                             : mutray__build_id((void *)(own_bias + segment->p_vaddr),
                                                                                segment->p_memsz, &id_size);
        if (id != NULL) {
            assert_true(id_size <= sizeof own_id);
            memcpy(own_id, id, id_size);
            own_id_size = id_size;
        }
    }
    return 1; /* the program itself is the first */
}

/* A cmocka setup. */
static int find_self(void **state)
{
    (void)state;
    dl_iterate_phdr(see_self, NULL);
    return 0;
}

/* The bytes of the file. */
static size_t read_self(unsigned char **ret)
{
    int fd = open("/proc/self/exe", O_RDONLY);
    off_t size = lseek(fd, 0, SEEK_END);
    *ret = malloc((size_t)size);
    assert_int_equal(pread(fd, *ret, (size_t)size, 0), size);
    close(fd);
    return (size_t)size;
}

static void write_file(const char *path, const unsigned char *bytes, size_t size)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    assert_int_equal(write(fd, bytes, size), size);
    close(fd);
}

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* Finding the file with a module's debug information: itself, or a separate one. */
#ifndef MUTRAY_DEBUG_FILE_H
#define MUTRAY_DEBUG_FILE_H

#include <elfutils/libdw.h>
#include <stddef.h>

struct mutray__debug_file {
    int fd;
    Elf *elf;
    Dwarf *dwarf;
};

/* See lines.h, open. */
int mutray__debug_file_open(const char *path, const unsigned char *build_id, size_t build_id_size, const char *folder,
                            struct mutray__debug_file *ret);
void mutray__debug_file_close(struct mutray__debug_file *file);

#endif

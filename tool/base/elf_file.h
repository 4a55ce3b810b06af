/* SPDX-License-Identifier: Apache-2.0 */
/* What an ELF file tells about itself. */
#ifndef MUTRAY_BASE_ELF_FILE_H
#define MUTRAY_BASE_ELF_FILE_H

#include <stdbool.h>

struct mutray_elf {
    bool is_elf;      /* otherwise a script, or something else */
    bool is_dynamic;  /* has an interpreter: preloading works */
    bool has_runtime; /* linked with libmutray.so or libmutray.a */
    bool is_setid;    /* the loader ignores preloading and the runtime ignores its environment */
};

/* 0 or -errno; a file that is damaged is "not ELF". */
int mutray_elf_read(const char *path, struct mutray_elf *ret_elf);

#endif

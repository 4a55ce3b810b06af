/* SPDX-License-Identifier: Apache-2.0 */
/* A folder of this process's own for targets that read files; the working directory is there from the first use on. */
#ifndef MUTRAY_FUZZ_SCRATCH_H
#define MUTRAY_FUZZ_SCRATCH_H

#include <stddef.h>

/* Writes a file there. */
void scratch_write(const char *name, const void *bytes, size_t size);

#endif

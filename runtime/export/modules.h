/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is mapped in the process: the executable segment of each module, with file, build-id and functions. A module
 * that was unmapped stays known for a while, or until a new one takes its addresses: samples from before may point
 * into it.
 */
#ifndef MUTRAY_MODULES_H
#define MUTRAY_MODULES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct mutray__line_source;
struct mutray__symbols;

struct mutray__module {
    uintptr_t low, high; /* addresses of the executable segment */
    uintptr_t bias;      /* what the loader added to the file's addresses */
    uint64_t offset;     /* of the segment in the file */
    char *path;
    unsigned char build_id[32];
    size_t build_id_size; /* 0: none */
    struct mutray__symbols *symbols;
    bool symbols_tried;
    struct mutray__line_source *lines; /* while locations are written, and only if they are to have lines */
    unsigned missed;  /* how many looks ago it was last mapped */
    uint32_t mapping; /* number in the profile being written, 0 if not used yet */
};

/* Looks at the process anew. Takes a lock of the dynamic loader; a fork meanwhile would leave the child without it. */
void mutray__modules_see(void);
/* The module an address lies in, or null. */
struct mutray__module *mutray__modules_find(uintptr_t address);
/* The name of the function an address of the module lies in, or null. Loads the module's symbols the first time. */
const char *mutray__module_function(struct mutray__module *module, uintptr_t address);
/* All of them, the program itself first. */
struct mutray__module *mutray__modules_all(size_t *ret_count);

#endif

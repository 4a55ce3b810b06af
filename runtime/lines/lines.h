/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What libmutray.so asks of libmutray-lines.so, the part that needs libdw: a table of functions, so that one dlsym()
 * finds all of it. It tells file and line of an address from debug information, and the functions that were inlined
 * there. Only the thread that makes a profile calls into it.
 */
#ifndef MUTRAY_LINES_H
#define MUTRAY_LINES_H

#include <stddef.h>
#include <stdint.h>

/* One of the functions at an address. */
struct mutray__line {
    const char *function; /* null if unknown */
    const char *file;     /* likewise; then the line is 0 */
    unsigned line;
};

struct mutray__line_source; /* one module's debug information */

#define MUTRAY__MOST_LINES 16 /* of functions inlined into each other, those inside are left out beyond that */
#define MUTRAY__LINES_ABI 1u

struct mutray__lines_api {
    unsigned abi;
    /*
     * Reads the debug information of a file, or, if it has none, of its debug file: by build-id below `debug_folder`, or
     * the one the file names, beside it or below that folder. A file without the given build-id (none: size 0) is not
     * believed. 0; -ENOENT without debug information; -ESTALE for another build; -errno.
     */
    int (*open)(const char *path, const unsigned char *build_id, size_t build_id_size, const char *debug_folder,
                struct mutray__line_source **ret);
    /*
     * The functions at an address of the file (before relocation), innermost first: how many. Once the time
     * (CLOCK_MONOTONIC) is past `deadline_ns`, 0. What is told stays valid until the source is closed.
     */
    unsigned (*find)(struct mutray__line_source *source, uintptr_t address, uint64_t deadline_ns,
                     struct mutray__line ret_lines[static MUTRAY__MOST_LINES]);
    void (*close)(struct mutray__line_source *source);
};

#endif

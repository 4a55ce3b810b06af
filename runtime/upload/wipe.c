/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The API key stands in the requests that libcurl puts together, and stays in their memory after it was given back, where a
 * core file would show it. So libcurl, where we are the first to make it ready, has malloc() and free() that wipe.
 *
 * Its memory must stay what free() takes: a program that uses the same libcurl may give some of it back that way. So the
 * size of a block is asked of the allocator, which is safe only if that function comes from where malloc() does: a
 * program's own malloc() may know nothing of it. Then nothing is wiped.
 */
#include "wipe.h"

#include <dlfcn.h>
#include <malloc.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static void wipe_and_free(void *memory)
{
    if (memory != NULL)
        explicit_bzero(memory, malloc_usable_size(memory));
    free(memory);
}

static void *move(void *memory, size_t size)
{
    size_t before = memory != NULL ? malloc_usable_size(memory) : 0;
    void *moved = malloc(size);
    if (moved == NULL)
        return NULL;
    if (before > 0)
        memcpy(moved, memory, before < size ? before : size);
    wipe_and_free(memory);
    return moved;
}

static bool sizes_are_known(void)
{
    Dl_info one, other;
    return dladdr((void *)malloc, &one) != 0 && dladdr((void *)malloc_usable_size, &other) != 0 &&
           one.dli_fbase == other.dli_fbase;
}

CURLcode mutray__curl_init_wiping(long flags)
{
    return sizes_are_known() ? curl_global_init_mem(flags, malloc, wipe_and_free, move, strdup, calloc)
                             : curl_global_init(flags);
}

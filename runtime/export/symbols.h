/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Function names of one ELF file: a sorted copy of its symbol tables, .symtab where there is one, since .dynsym knows
 * no static functions and answers with a neighbour's name. Loading a file takes 0.1 to 0.4 ms, a lookup 0.1 us; libdw
 * needs 60 to 500 us for each.
 */
#ifndef MUTRAY_SYMBOLS_H
#define MUTRAY_SYMBOLS_H

#include <stddef.h>
#include <stdint.h>

struct mutray__symbols;

/*
 * Reads the file's functions. The file must carry the given build-id (of the module in memory; none if size is 0), so
 * that a file replaced on disk is not believed. 0; -ENOENT without symbols; -ESTALE for another build; -errno.
 */
int mutray__symbols_open(const char *path, const unsigned char *build_id, size_t build_id_size,
                         struct mutray__symbols **ret);
void mutray__symbols_close(struct mutray__symbols *symbols);
/* The function that covers this address of the file (before relocation), or null. */
const char *mutray__symbols_find(const struct mutray__symbols *symbols, uintptr_t address);

/* The build-id in a block of ELF notes, in memory or from a file. Null if there is none. */
const unsigned char *mutray__build_id(const void *notes, size_t size, size_t *ret_size);

#endif

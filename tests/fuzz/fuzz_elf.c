/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any file as object code: an archive or ELF file with records (`mutray status`), a program to run (`mutray run`), and a
 * module whose functions are looked up from within the profiled process.
 */
#include "base/elf_file.h"
#include "records.h"
#include "sections.h"
#include "symbols.h"

#include "scratch.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

/* `mutray status` is a short process and gives nothing back. */
const char *__lsan_default_options(void);
const char *__lsan_default_options(void)
{
    return "detect_leaks=0";
}

static void touch(void *context, const char *member, const unsigned char *bytes, size_t size)
{
    (void)context;
    if (member != NULL && strlen(member) > 4096) abort();
    if (size > 0 && memchr(bytes, bytes[size - 1], size) == NULL) abort(); /* for the sanitizers: all of it is there */
}

static void look_up(const uint8_t *bytes, size_t size)
{
    struct mutray__symbols *symbols;
    size_t id_size = 0;
    const unsigned char *id = mutray__build_id(bytes, size, &id_size);
    if (id != NULL && (id < bytes || id + id_size > bytes + size)) abort();
    if (mutray__symbols_open("f", (const unsigned char *)"", 0, &symbols) < 0) return;
    for (unsigned bit = 0; bit < 64; bit++) {
        const char *name = mutray__symbols_find(symbols, (uintptr_t)1 << bit);
        if (name != NULL && strlen(name) > size) abort();
    }
    mutray__symbols_close(symbols);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct records records = {0};
    struct mutray_elf elf;
    scratch_write("f", bytes, size);
    sections_each("f", ".mutray", touch, NULL);
    records_read("f", &records);
    mutray_elf_read("f", &elf);
    look_up(bytes, size);
    for (size_t i = 0; i < records.count; i++) free(records.units[i].skips);
    free(records.units);
    return 0;
}

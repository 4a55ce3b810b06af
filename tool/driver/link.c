/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Adding the runtime to a link.
 *
 * Seen here is the linker's own command line, after the compiler driver has resolved everything, so questions have
 * plain answers: it links against libc or not (`-lc`), it is static or not, it is for the machine libmutray was built
 * for or not. The runtime is wanted even where the objects name none of its symbols (they look for it when loaded),
 * hence
 * --no-as-needed. Instrumented objects need no runtime to link, so whatever goes wrong the original link is done.
 */
#include "link.h"

#include "base/paths.h"
#include "base/say.h"
#include "log.h"
#include "process.h"
#include "scratch.h"

#include <elf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

bool link_is_linker(const char *name)
{
    return strcmp(name, "collect2") == 0 || strcmp(name, "ld") == 0 || starts_with(name, "ld.") ||
           ends_with(name, "-ld") || strcmp(name, "mold") == 0 || strcmp(name, "lld") == 0;
}

static bool is_relocatable(char *const *argv)
{
    return words_have(argv, "-r") || words_have(argv, "-i") || words_have(argv, "--relocatable") ||
           words_have(argv, "-Ur");
}

/* Why this link is left alone, or null. -nostdlib, -nodefaultlibs and -nostartfiles show in what is missing. */
static const char *unfit(char *const *argv)
{
    bool start_files = false;
    if (is_relocatable(argv)) return "relocatable output";
    if (!words_have(argv, "-lc")) return "no C library";
    for (; *argv != NULL; argv++) {
        if (strcmp(*argv, "-lmutray") == 0) return "has the runtime already";
        if (strcmp(base_name(*argv), "crti.o") == 0) start_files = strstr(*argv, "musl") == NULL;
    }
    return start_files ? NULL : "no start files of glibc";
}

/* Which kind of ELF file, or of the first one in an archive: class, byte order and machine as one number; -1: neither.
 */
static int elf_kind(const char *path)
{
    char start[1 << 16];
    FILE *file = fopen(path, "re");
    if (file == NULL) return -1;
    size_t size = fread(start, 1, sizeof start, file);
    fclose(file);
    const char *elf = size < SELFMAG                        ? NULL
                      : memcmp(start, ELFMAG, SELFMAG) == 0 ? start
                      : memcmp(start, "!<arch>\n", 8) == 0  ? memmem(start, size, ELFMAG, SELFMAG)
                                                            : NULL;
    Elf32_Ehdr header; /* as far as these fields go, 64-bit headers are the same */
    if (elf == NULL || (size_t)(start + size - elf) < sizeof header) return -1;
    memcpy(&header, elf, sizeof header);
    return header.e_ident[EI_CLASS] << 24 | header.e_ident[EI_DATA] << 16 | header.e_machine;
}

/* The start file or any object tells what is linked. */
static bool is_for_machine_of(char *const *argv, const char *library)
{
    int kind = elf_kind(library);
    for (; *argv != NULL; argv++) {
        if (!ends_with(*argv, ".o")) continue;
        int other = elf_kind(*argv);
        if (other >= 0 && kind >= 0) return other == kind;
    }
    return kind >= 0;
}

static bool is_system_folder(const char *folder)
{
    static const char *const known[] = {"/lib", "/usr/lib", "/lib64", "/usr/lib64"};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strcmp(folder, known[i]) == 0) return true;
    /* Debian's folder for one architecture: /usr/lib/x86_64-linux-gnu */
    return starts_with(folder, "/usr/lib/") && strchr(folder + strlen("/usr/lib/"), '/') == NULL &&
           strstr(folder, "-linux-") != NULL;
}

/* Before the C library, because the runtime stands in front of some of its functions: the first of them is called. */
static void add_shared(struct words *words, const char *folder)
{
    const char *const added[] = {"--push-state", "--no-as-needed", mutray_format("-L%s", folder), "-lmutray",
                                 "--pop-state"};
    size_t at = 0;
    while (strcmp(words->at[at], "-lc") != 0)
        at++; /* there is one: see unfit() */
    for (size_t i = 0; i < sizeof added / sizeof *added; i++)
        words_insert(words, at + i, added[i]);
    if (is_system_folder(folder)) return;
    words_add(words, "-rpath");
    words_add(words, folder);
}

/* An archive's members must come before the C library is searched, and something must ask for the first of them. */
static void add_static(struct words *words, const char *folder)
{
    size_t at = words->count;
    for (size_t i = 1; i < words->count; i++)
        if (strcmp(words->at[i], "--start-group") == 0 || strcmp(words->at[i], "-lc") == 0) at = i;
    const char *const added[] = {"-u", "mutray__attach", mutray_format("-L%s", folder), "-lmutray"};
    for (size_t i = 0; i < sizeof added / sizeof *added; i++)
        words_insert(words, at + i, added[i]);
}

static void replay(enum scratch_file file, int fd)
{
    struct bytes said = {0};
    bytes_read_file(&said, scratch_path(file));
    for (size_t at = 0; at < said.size;) {
        ssize_t wrote = write(fd, said.at + at, said.size - at);
        if (wrote < 0) return;
        at += (size_t)wrote;
    }
}

void link_with_runtime(char *const *argv)
{
    bool is_static = words_have(argv, "-static");
    const char *name = is_static ? "libmutray.a" : "libmutray.so";
    char *library = mutray_path_library(name);
    const char *reason = unfit(argv);

    if (reason == NULL && library == NULL) reason = mutray_format("there is no %s", name);
    if (reason == NULL && !is_for_machine_of(argv, library)) reason = "for another machine";
    if (reason == NULL && scratch_create() != 0) reason = "no room for temporary files";
    if (reason != NULL) {
        log_line("link without the runtime: %s", reason);
        process_become_or_die(argv);
    }

    struct words with = {0};
    words_add_all(&with, argv);
    *strrchr(library, '/') = 0;
    if (is_static)
        add_static(&with, library);
    else
        add_shared(&with, library);
    struct process_setup setup = {.output = scratch_path(SCRATCH_STATUS), .errors = scratch_path(SCRATCH_WORDS)};
    int status;
    if (process_run(with.at, &setup, &status) != 0 || !process_succeeded(status)) {
        log_line("link without the runtime: the link with it failed");
        process_become_or_die(argv);
    }
    replay(SCRATCH_STATUS, STDOUT_FILENO);
    replay(SCRATCH_WORDS, STDERR_FILENO);
    process_end_like(status);
}

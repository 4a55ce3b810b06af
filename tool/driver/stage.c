/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mutray-stage: stands in front of each program that a compiler driver runs.
 *
 *   mutray-stage KEY PROGRAM ARGUMENTS…
 *
 * gcc runs it by -wrapper, `mutray cc` itself for clang. A C compiler proper is instrumented, a linker gets the
 * runtime, everything else (assembler, other languages, link-time optimiser) it becomes at once. It is started for
 * every one of them, which is why it is small and knows nothing of libclang. KEY tells mutray's versions and settings
 * apart: caches such as ccache have it in their keys. It ends in "-strict" where a unit that cannot be instrumented is
 * an error.
 */
#include "link.h"
#include "log.h"
#include "process.h"
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * A compiler proper's command, the options of which begin at word `options` (0: it does not preprocess C). Each unit learns
 * that it is compiled through mutray, whether it has locks or not, by a macro of the command line: here and not on the
 * driver's, where it would get into what objects record of that.
 */
static void __attribute__((noreturn)) compile(char *const *argv, size_t options,
                                              const char *(*read)(char *const *, struct unit *), bool strict)
{
    struct words words = {0};
    struct unit unit;

    words_add_all(&words, argv);
    if (options != 0) {
        words_insert(&words, options, "__MUTRAY__=1");
        words_insert(&words, options, "-D");
    }
    const char *reason = read(words.at, &unit);
    if (reason == NULL) unit_compile(&unit, strict);
    if (*reason != 0) log_line("left alone: %s", reason);
    process_become_or_die(words.at);
}

int main(int argc, char **argv)
{
    if (argc < 3) {
        fputs("mutray-stage is started by compilers: use `mutray cc -- gcc ...`\n", stderr);
        return 2;
    }
    bool strict = ends_with(argv[1], "-strict"), c = strcmp(argv[argc - 2], "c") == 0; /* clang: -x c SOURCE */
    const char *program = base_name(argv[2]);

    argv += 2;
    if (strcmp(program, "cc1") == 0)
        compile(argv, 1, gcc_unit_read, strict);
    else if (argc > 3 && strcmp(argv[1], "-cc1") == 0)
        compile(argv, c ? 2 : 0, clang_unit_read, strict);
    else if (link_is_linker(program))
        link_with_runtime(argv);
    process_become_or_die(argv);
}

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

static void compile(char *const *argv, const char *(*read)(char *const *, struct unit *), bool strict)
{
    struct unit unit;
    const char *reason = read(argv, &unit);
    if (reason == NULL) unit_compile(&unit, strict);
    if (*reason != 0) log_line("left alone: %s", reason);
}

int main(int argc, char **argv)
{
    if (argc < 3) {
        fputs("mutray-stage is started by compilers: use `mutray cc -- gcc ...`\n", stderr);
        return 2;
    }
    bool strict = ends_with(argv[1], "-strict");
    const char *program = base_name(argv[2]);

    argv += 2;
    if (strcmp(program, "cc1") == 0)
        compile(argv, gcc_unit_read, strict);
    else if (argc > 3 && strcmp(argv[1], "-cc1") == 0)
        compile(argv, clang_unit_read, strict);
    else if (link_is_linker(program))
        link_with_runtime(argv);
    process_become_or_die(argv);
}

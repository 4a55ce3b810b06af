/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `mutray help`: the list of commands; `mutray help COMMAND`: its manual page, shown by man where there is one,
 * otherwise the options from the command's own table. `--options` prints bare option words; completion and the tests of
 * the manual pages use it.
 */
#include "base/paths.h"
#include "base/say.h"
#include "cmd/command.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool want_options;

const struct mutray_option mutray_cmd_help_options[] = {
    {"options", 0, MUTRAY_FLAG, &want_options, NULL, "print only the names of the command's options"},
    {.kind = MUTRAY_END},
};

static void print_commands(void)
{
    puts("mutray: an X-ray for the mutexes of C programs\n\nusage: mutray COMMAND ...\n");
    for (const struct mutray_command *c = mutray_commands; c->name != NULL; c++)
        printf("  %-12s %s\n", c->name, c->summary);
    puts("\n`mutray help COMMAND` shows its manual page, `mutray COMMAND --help` its options, `mutray --version` the "
         "version.");
}

/* Becomes man; comes back only if there is no page or no man. */
static void show_manual(const struct mutray_command *command)
{
    char *page = mutray_format("mutray-%s.1", command->name);
    char *path = mutray_path_manual(page);
    if (path == NULL) { /* as distributions have them */
        char *packed = mutray_format("%s.gz", page);
        path = mutray_path_manual(packed);
        free(packed);
    }
    free(page);
    if (path == NULL) return;
    fflush(stdout);
    execlp("man", "man", path, (char *)NULL);
    free(path);
}

int mutray_cmd_help(int argc, char **argv)
{
    int operands = mutray_options_parse("help", mutray_cmd_help_options, MUTRAY_OPERANDS_ANYWHERE, argc, argv);
    if (operands > 1) mutray_die("help: one command at a time, as in `mutray help %s`", argv[1]);
    if (operands == 0) {
        print_commands();
        return 0;
    }
    const struct mutray_command *command = mutray_command_find(argv[1]);
    if (want_options) {
        for (const struct mutray_option *o = command->options; o->kind != MUTRAY_END; o++) printf("--%s\n", o->name);
        return 0;
    }
    show_manual(command);
    printf("usage: mutray %s %s\n%s\n\n", command->name, command->synopsis, command->summary);
    mutray_options_print(command->options, stdout);
    return 0;
}

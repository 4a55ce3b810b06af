/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `mutray COMMAND ...`: finds the command in the table made from commands.def and runs it.
 *
 * Exit status of all commands: 0 done; 1 the answer is no (a regression, a limit exceeded); 2 trouble, with one line on
 * stderr that says what to do. `mutray run` and `mutray cc` hand on the status of the program they run.
 */
#include "base/say.h"
#include "cmd/cc.h"
#include "cmd/command.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const struct mutray_command mutray_commands[] = {
#define MUTRAY_COMMAND(name, synopsis, summary)                                                                        \
    {#name, synopsis, summary, mutray_cmd_##name, mutray_cmd_##name##_options},
#include "commands.def"
#undef MUTRAY_COMMAND
    {NULL, NULL, NULL, NULL, NULL}};

const struct mutray_command *mutray_command_find(const char *name)
{
    const char *names[sizeof mutray_commands / sizeof mutray_commands[0]];
    size_t count = 0;
    for (const struct mutray_command *c = mutray_commands; c->name != NULL; c++) {
        if (strcmp(c->name, name) == 0) return c;
        names[count++] = c->name;
    }
    names[count] = NULL;
    const char *near = mutray_nearest(name, names);
    if (near != NULL)
        mutray_die("unknown command '%s'; did you mean `mutray %s`? `mutray help` lists them", name, near);
    mutray_die("unknown command '%s'; `mutray help` lists the commands", name);
}

/* What was printed must have arrived: a full disk is not a success. */
static int finish(int status)
{
    if (ferror(stdout) | (fclose(stdout) != 0)) mutray_die("cannot write the output: %s", strerror(errno));
    return status;
}

int main(int argc, char **argv)
{
    const char *slash = strrchr(argv[0], '/');
    if (strcmp(slash != NULL ? slash + 1 : argv[0], "mutray-cc") == 0) return mutray_cc_as_compiler(argc, argv);
    if (argc < 2) {
        char *help[] = {"help", NULL};
        mutray_cmd_help(1, help);
        finish(0);
        return MUTRAY_EXIT_TROUBLE;
    }
    const char *name = argv[1];
    if (strcmp(name, "--version") == 0 || strcmp(name, "-V") == 0) {
        puts("mutray " MUTRAY_VERSION);
        return finish(0);
    }
    if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0) name = "help";
    if (name[0] == '-') mutray_die("unknown option %s; mutray takes a command first: `mutray help` lists them", name);
    return finish(mutray_command_find(name)->run(argc - 1, argv + 1));
}

/* SPDX-License-Identifier: Apache-2.0 */
/* The commands as functions and as a table; both come from commands.def. */
#ifndef MUTRAY_CMD_COMMAND_H
#define MUTRAY_CMD_COMMAND_H

#include "base/options.h"

#define MUTRAY_COMMAND(name, synopsis, summary) \
    int mutray_cmd_##name(int argc, char **argv); \
    extern const struct mutray_option mutray_cmd_##name##_options[];
#include "commands.def"
#undef MUTRAY_COMMAND

struct mutray_command {
    const char *name, *synopsis, *summary;
    int (*run)(int argc, char **argv);
    const struct mutray_option *options;
};

/* Ends with a null name. */
extern const struct mutray_command mutray_commands[];

/* Dies with a suggestion when there is no such command. */
const struct mutray_command *mutray_command_find(const char *name);

#endif

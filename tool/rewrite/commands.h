/* SPDX-License-Identifier: Apache-2.0 */
/* compile_commands.json: how each unit of a project is compiled. */
#ifndef MUTRAY_REWRITE_COMMANDS_H
#define MUTRAY_REWRITE_COMMANDS_H

#include "driver/words.h"

struct command {
    const char *directory, *file; /* as written there: `file` may be relative to `directory` */
    struct words words;
    const char *output; /* NULL if the command does not say */
};

struct commands {
    struct command *items;
    size_t count;
};

/* Reads FOLDER/compile_commands.json, C units only; dies with a message that says how to get one. */
void commands_read(const char *folder, struct commands *ret_commands);
/* The command that only preprocesses, to standard output; `options` are the compiler's for that. */
void command_preprocess(const struct command *command, const char *const *options, struct words *ret_words);
/* Of -std=, or NULL. */
const char *command_standard(const struct command *command);

#endif

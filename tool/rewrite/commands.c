/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading compile_commands.json, which CMake, Meson, Bear and others write. A command is a list of words, or one string
 * quoted for a shell; launchers in front of the compiler do no harm.
 */
#include "commands.h"

#include "base/say.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Splits as a shell does, without expanding anything. */
static void split(const char *line, struct words *ret_words)
{
    for (;;) {
        line += strspn(line, " \t\n");
        if (*line == '\0') return;
        char *word = mutray_calloc(strlen(line) + 1, 1), *end = word, quote = 0;
        for (; *line != '\0' && (quote != 0 || strchr(" \t\n", *line) == NULL); line++) {
            if (quote == 0 && (*line == '"' || *line == '\'')) quote = *line;
            else if (*line == quote) quote = 0;
            else if (*line == '\\' && quote != '\'' && line[1] != '\0' &&
                     (quote == 0 || strchr("\"\\$`", line[1]) != NULL))
                *end++ = *++line;
            else *end++ = *line;
        }
        words_add(ret_words, word);
    }
}

static bool is_c(const char *file)
{
    const char *dot = strrchr(file, '.');
    return dot != NULL && strcmp(dot, ".c") == 0;
}

static const char *output_of(const struct words *words)
{
    for (size_t i = 0; i + 1 < words->count; i++)
        if (strcmp(words->at[i], "-o") == 0) return words->at[i + 1];
    return NULL;
}

static bool read_command(const json_t *entry, struct command *ret_command)
{
    const json_t *arguments = json_object_get(entry, "arguments"), *word;
    const char *line = json_string_value(json_object_get(entry, "command"));
    const char *directory = json_string_value(json_object_get(entry, "directory"));
    const char *file = json_string_value(json_object_get(entry, "file"));
    size_t i;
    *ret_command = (struct command){0};
    if (directory == NULL || file == NULL || !is_c(file)) return false;
    ret_command->directory = mutray_strdup(directory);
    ret_command->file = mutray_strdup(file);
    json_array_foreach(arguments, i, word) words_add(&ret_command->words, mutray_strdup(json_string_value(word)));
    if (arguments == NULL && line != NULL) split(line, &ret_command->words);
    ret_command->output = output_of(&ret_command->words);
    return ret_command->words.count > 1;
}

void commands_read(const char *folder, struct commands *ret_commands)
{
    char *path = mutray_format("%s/compile_commands.json", folder);
    json_error_t error;
    if (access(path, R_OK) != 0)
        mutray_die("%s: %s; get one with `cmake -DCMAKE_EXPORT_COMPILE_COMMANDS=ON` or `bear -- make`", path,
                   strerror(errno));
    json_t *database = json_load_file(path, 0, &error);
    if (database == NULL || !json_is_array(database))
        mutray_die("%s, line %d: %s; write it again with the build system", path, database == NULL ? error.line : 1,
                   database == NULL ? error.text : "not a list of commands");
    const json_t *entry;
    size_t i;
    *ret_commands = (struct commands){.items = mutray_calloc(json_array_size(database) + 1, sizeof(struct command))};
    json_array_foreach(database, i, entry)
        if (read_command(entry, &ret_commands->items[ret_commands->count])) ret_commands->count++;
    if (ret_commands->count == 0) mutray_die("%s has no command that compiles C", path);
    json_decref(database);
    free(path);
}

/* What a compilation leaves behind, and how it speaks, is none of preprocessing's business. */
static bool is_left_out(const char *word, bool *ret_with_next)
{
    static const char *const with_next[] = {"-o", "-MF", "-MT", "-MQ"};
    static const char *const alone[] = {"-c", "-S", "-MD", "-MMD", "-MP", "-MG", "-M", "-MM", "-save-temps", "-Werror",
                                        "-fsyntax-only"};
    *ret_with_next = false;
    for (size_t i = 0; i < sizeof with_next / sizeof *with_next; i++)
        if (strcmp(word, with_next[i]) == 0) return *ret_with_next = true;
    for (size_t i = 0; i < sizeof alone / sizeof *alone; i++)
        if (strcmp(word, alone[i]) == 0) return true;
    return starts_with(word, "-Wp,-M") || starts_with(word, "-save-temps=") || starts_with(word, "-MF") ||
           starts_with(word, "-Werror=");
}

void command_preprocess(const struct command *command, const char *const *options, struct words *ret_words)
{
    *ret_words = (struct words){0};
    for (size_t i = 0; i < command->words.count; i++) {
        bool with_next;
        if (!is_left_out(command->words.at[i], &with_next)) words_add(ret_words, command->words.at[i]);
        else if (with_next) i++;
    }
    for (; *options != NULL; options++) words_add(ret_words, *options);
}

const char *command_standard(const struct command *command)
{
    const char *standard = NULL;
    for (size_t i = 0; i < command->words.count; i++) {
        if (starts_with(command->words.at[i], "-std=")) standard = command->words.at[i] + strlen("-std=");
        if (strcmp(command->words.at[i], "-ansi") == 0) standard = "c90";
    }
    return standard;
}

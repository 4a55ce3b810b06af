/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A browser is started in a session of its own, with nothing to read and nowhere to write: it lives longer than mutray,
 * is not ended by a Ctrl-C in the terminal, and its words are not part of mutray's output.
 */
#include "base/browser.h"

#include "base/say.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { WORDS_MOST = 32 };

static int start(char *const *words, char *const *environment)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    pid_t pid;
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSID);
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO);
    int code = posix_spawnp(&pid, words[0], &actions, &attributes, words, environment);
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    return -code;
}

/* Starts one command of BROWSER; it is cut into words in place. */
static int start_command(char *command, const char *path, char *const *environment)
{
    char *words[WORDS_MOST + 2], *rest;
    int count = 0;
    bool named = false;
    for (char *word = strtok_r(command, " ", &rest); word != NULL && count < WORDS_MOST;
         word = strtok_r(NULL, " ", &rest)) {
        bool is_page = strcmp(word, "%s") == 0;
        words[count++] = is_page ? (char *)path : word;
        named |= is_page;
    }
    if (count == 0) return -ENOENT;
    if (!named) words[count++] = (char *)path;
    words[count] = NULL;
    return start(words, environment);
}

int mutray_browser_open(const char *path, char *const *environment)
{
    const char *set = getenv("BROWSER");
    char *commands = mutray_strdup(set != NULL && set[0] != '\0' ? set : "xdg-open"), *rest;
    int result = -ENOENT;
    for (char *command = strtok_r(commands, ":", &rest); command != NULL && result < 0;
         command = strtok_r(NULL, ":", &rest)) {
        result = start_command(command, path, environment);
    }
    free(commands);
    return result;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Growing lists: command lines (`words`) and bytes (`bytes`).
 *
 * The driver is a chain of short-lived processes that hand command lines on, so nothing here is ever freed piecemeal,
 * and running out of memory ends the process with a message: the compiler behind it would have fared no better.
 */
#ifndef MUTRAY_DRIVER_WORDS_H
#define MUTRAY_DRIVER_WORDS_H

#include <stdbool.h>
#include <stddef.h>

/* A command line: `at` always ends with a null pointer. The words themselves belong to whoever made them. */
struct words {
    char **at;
    size_t count, room;
};

void words_add(struct words *words, const char *word);
void words_add_all(struct words *words, char *const *argv);
/* Puts `word` before the word at `index`. */
void words_insert(struct words *words, size_t index, const char *word);
bool words_have(char *const *argv, const char *word);

/* Bytes of a file or a pipe: `at` always ends with a zero that `size` does not count. */
struct bytes {
    char *at;
    size_t size, room;
};

void bytes_add(struct bytes *bytes, const void *from, size_t size);
/* Reads to the end. 0 or a negative errno; what was read before an error stays. */
int bytes_read(struct bytes *bytes, int fd);
int bytes_read_file(struct bytes *bytes, const char *path);

bool starts_with(const char *text, const char *prefix);
bool ends_with(const char *text, const char *suffix);
/* What follows the last slash. */
const char *base_name(const char *path);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the tool says when something is wrong: one line on stderr, "mutray: what is wrong; what to do", and exit
 * status 2. Status 1 is kept for "the answer is no" (a regression, a limit exceeded). For the tool's programs only: the
 * runtime neither prints nor exits.
 */
#ifndef MUTRAY_BASE_SAY_H
#define MUTRAY_BASE_SAY_H

#include <stdarg.h>
#include <stddef.h>

enum { MUTRAY_EXIT_NO = 1, MUTRAY_EXIT_TROUBLE = 2 };

/* Puts '?' in place of what a terminal could take for commands, and of newlines. */
void mutray_clean(char *text);
/* Prints "mutray: ..." and a newline, cleaned like that. */
void mutray_warn(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* The same, then exits with MUTRAY_EXIT_TROUBLE. */
void mutray_die(const char *format, ...) __attribute__((format(printf, 1, 2), noreturn));

/* Memory or death. mutray_realloc doubles as malloc and takes (count, size) so that products cannot overflow. */
void *mutray_calloc(size_t count, size_t size);
void *mutray_realloc(void *memory, size_t count, size_t size);
char *mutray_strdup(const char *text);
char *mutray_format(const char *format, ...) __attribute__((format(printf, 1, 2)));

/*
 * Grows `array` (count used, capacity allocated) so that one more element fits:
 *     names = mutray_grow(names, count, &capacity, sizeof *names);
 */
void *mutray_grow(void *array, size_t count, size_t *capacity, size_t size);

/* An error handed up by code that does not die itself; "" means none. */
struct mutray_error {
    char text[512];
};
void mutray_error_set(struct mutray_error *error, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif

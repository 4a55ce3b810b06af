/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Messages and memory for the tool. Messages quote file names and words out of profiles, which may come from anywhere:
 * control characters are replaced, so that nothing quoted can drive the terminal or make a second line.
 */
#include "base/say.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void mutray_clean(char *text)
{
    for (unsigned char *c = (unsigned char *)text; *c != '\0'; c++) {
        bool second_set = c[0] == 0xc2 && c[1] >= 0x80 && c[1] < 0xa0; /* in UTF-8 */
        if (*c < ' ' || *c == 127) *c = '?';
        if (second_set) c[0] = c[1] = '?';
    }
}

static void say(const char *format, va_list arguments)
{
    char text[2048];
    vsnprintf(text, sizeof text, format, arguments);
    mutray_clean(text);
    fflush(stdout);
    fprintf(stderr, "mutray: %s\n", text);
}

void mutray_warn(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    say(format, arguments);
    va_end(arguments);
}

void mutray_die(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    say(format, arguments);
    va_end(arguments);
    exit(MUTRAY_EXIT_TROUBLE);
}

void *mutray_calloc(size_t count, size_t size)
{
    void *memory = calloc(count > 0 ? count : 1, size);
    if (memory == NULL) mutray_die("out of memory");
    return memory;
}

void *mutray_realloc(void *memory, size_t count, size_t size)
{
    size_t bytes;
    if (__builtin_mul_overflow(count, size, &bytes)) mutray_die("out of memory");
    memory = realloc(memory, bytes > 0 ? bytes : 1);
    if (memory == NULL) mutray_die("out of memory");
    return memory;
}

char *mutray_strdup(const char *text)
{
    size_t size = strlen(text) + 1;
    return memcpy(mutray_realloc(NULL, size, 1), text, size);
}

char *mutray_format(const char *format, ...)
{
    va_list arguments;
    char *text;
    va_start(arguments, format);
    int length = vasprintf(&text, format, arguments);
    va_end(arguments);
    if (length < 0) mutray_die("out of memory");
    return text;
}

void *mutray_grow(void *array, size_t count, size_t *capacity, size_t size)
{
    if (count < *capacity) return array;
    *capacity = *capacity + *capacity / 2 + 8;
    return mutray_realloc(array, *capacity, size);
}

void mutray_error_set(struct mutray_error *error, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(error->text, sizeof error->text, format, arguments);
    va_end(arguments);
}

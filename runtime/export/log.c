/* SPDX-License-Identifier: Apache-2.0 */
/* One line, one write(): lines of several processes do not mix. See log.h. */
#include "log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

static bool enabled;

void mutray__log_enable(bool on)
{
    enabled = on;
}

static void write_line(const char *format, va_list arguments)
{
    static const char prefix[] = "mutray: ";
    char line[1024];
    int saved = errno;
    size_t length = sizeof prefix - 1;
    for (size_t i = 0; i < length; i++)
        line[i] = prefix[i];
    int written = vsnprintf(line + length, sizeof line - length - 1, format, arguments);
    if (written > 0)
        length += (size_t)written < sizeof line - length - 1 ? (size_t)written : sizeof line - length - 2;
    line[length++] = '\n';
    ssize_t ignored = write(STDERR_FILENO, line, length);
    (void)ignored; /* there is nobody else to tell */
    errno = saved;
}

void mutray__log(const char *format, ...)
{
    va_list arguments;
    if (!enabled)
        return;
    va_start(arguments, format);
    write_line(format, arguments);
    va_end(arguments);
}

void mutray__say(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    write_line(format, arguments);
    va_end(arguments);
}

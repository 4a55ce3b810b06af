/* SPDX-License-Identifier: Apache-2.0 */
/* The driver's log: see log.h. */
#include "log.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* One write per line, so that lines of parallel compilations stay whole. */
void log_line(const char *format, ...)
{
    const char *where = getenv("MUTRAY_CC_LOG");
    if (where == NULL || *where == 0) return;
    int fd =
        strcmp(where, "stderr") == 0 ? STDERR_FILENO : open(where, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0666);
    if (fd < 0) return;

    char line[2048];
    int size = snprintf(line, sizeof line, "mutray[%d]: ", (int)getpid());
    va_list arguments;
    va_start(arguments, format);
    int more = vsnprintf(line + size, sizeof line - (size_t)size - 1, format, arguments);
    va_end(arguments);
    size += more < (int)sizeof line - size - 1 ? more : (int)sizeof line - size - 2;
    line[size++] = '\n';
    if (write(fd, line, (size_t)size) < 0) { /* a log that cannot be written must not stop a build */
    }
    if (fd != STDERR_FILENO) close(fd);
}

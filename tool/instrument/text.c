/* SPDX-License-Identifier: Apache-2.0 */
/* See text.h. Markers and lines are read once; a place is then two binary searches. */
#include "text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Reads `"a\\b\"c"` at `p`; octal escapes are how GCC writes bytes that cannot be printed. */
static const char *read_quoted(struct arena *arena, const char *p, const char *end, const char **ret_string)
{
    struct buffer name = {0};
    buffer_add(arena, &name, "", 0);
    for (p++; p < end && *p != '"'; p++) {
        char c = *p;
        if (c == '\\' && p + 1 < end) {
            c = *++p;
            if (c >= '0' && c <= '7') {
                int value = 0, digits = 0;
                while (digits < 3 && p < end && *p >= '0' && *p <= '7') value = value * 8 + (*p++ - '0'), digits++;
                c = (char)value;
                p--;
            }
        }
        buffer_add(arena, &name, &c, 1);
    }
    *ret_string = name.bytes;
    return p < end ? p + 1 : p;
}

/* A linemarker is `# LINE "FILE" FLAGS` or `#line LINE "FILE"`; anything else is no marker. */
static bool read_marker(struct arena *arena, const char *p, const char *end, struct marker *ret_marker)
{
    for (p++; p < end && (*p == ' ' || *p == '\t'); p++) continue;
    if (end - p > 4 && strncmp(p, "line", 4) == 0) {
        for (p += 4; p < end && (*p == ' ' || *p == '\t'); p++) continue;
    }
    if (p >= end || *p < '0' || *p > '9') return false;
    unsigned long line = 0;
    for (; p < end && *p >= '0' && *p <= '9'; p++) line = line * 10 + (unsigned long)(*p - '0');
    for (; p < end && (*p == ' ' || *p == '\t'); p++) continue;
    ret_marker->line = (unsigned)line;
    ret_marker->file = NULL;
    ret_marker->system = ret_marker->extern_c = false;
    if (p >= end || *p != '"') return true;
    p = read_quoted(arena, p, end, &ret_marker->file);
    for (; p < end; p++) {
        ret_marker->system |= *p == '3';
        ret_marker->extern_c |= *p == '4';
    }
    return true;
}

void text_wrap(struct arena *arena, const char *bytes, size_t size, struct text *ret_text)
{
    *ret_text = (struct text){.arena = arena, .bytes = bytes, .size = size};
    *LIST_ADD(&ret_text->markers, arena) = (struct marker){.file = "<unknown>", .line = 1};
    const char *end = bytes + size;
    for (const char *line = bytes; line < end;) {
        const char *newline = memchr(line, '\n', (size_t)(end - line));
        const char *line_end = newline == NULL ? end : newline;
        const char *next = newline == NULL ? end : newline + 1;
        struct marker marker;
        *LIST_ADD(&ret_text->lines, arena) = (size_t)(line - bytes);
        if (*line == '#' && read_marker(arena, line, line_end, &marker)) {
            const struct marker *last = &ret_text->markers.items[ret_text->markers.count - 1];
            if (marker.file == NULL) { /* `#line N` stays in its file */
                marker.file = last->file;
                marker.system = last->system;
                marker.extern_c = last->extern_c;
            }
            marker.next = (size_t)(next - bytes);
            marker.row = ret_text->lines.count;
            *LIST_ADD(&ret_text->markers, arena) = marker;
        }
        line = next;
    }
}

int text_load(struct arena *arena, const char *path, struct text *ret_text)
{
    struct stat status;
    struct buffer content = {0};
    char chunk[1 << 16];
    ssize_t length;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0) return -errno;
    int error = fstat(fd, &status) != 0 ? -errno : S_ISREG(status.st_mode) ? 0 : -EINVAL;
    buffer_add(arena, &content, "", 0);
    while (error == 0 && (length = read(fd, chunk, sizeof chunk)) != 0) {
        if (length > 0) buffer_add(arena, &content, chunk, (size_t)length);
        else if (errno != EINTR) error = -errno;
    }
    close(fd);
    if (error == 0) text_wrap(arena, content.bytes, content.length, ret_text);
    return error;
}

/* Index of the line that holds `offset`. */
static size_t line_at(const struct text *text, size_t offset)
{
    size_t low = 0, high = text->lines.count;
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        if (text->lines.items[middle] <= offset) low = middle;
        else high = middle;
    }
    return low;
}

size_t text_region_end(const struct text *text, size_t marker)
{
    if (marker + 1 == text->markers.count) return text->size;
    return text->lines.items[text->markers.items[marker + 1].row - 1];
}

struct place text_place(const struct text *text, size_t offset)
{
    size_t low = 0, high = text->markers.count;
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        if (text->markers.items[middle].next <= offset) low = middle;
        else high = middle;
    }
    const struct marker *marker = &text->markers.items[low];
    size_t row = line_at(text, offset);
    unsigned line = marker->line + (unsigned)(row > marker->row ? row - marker->row : 0);
    /* After the last newline there is no line of that offset yet, but a person counts one. */
    if (offset == text->size && offset > marker->next && text->bytes[offset - 1] == '\n') line++;
    return (struct place){.file = marker->file, .line = line, .system = marker->system, .extern_c = marker->extern_c};
}

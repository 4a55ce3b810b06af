/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Source lines around the calls that wait and hold. The names of the files come from the profile, which may come from
 * anybody, and the page may go to anybody: only regular files that are called like C sources are read, so that no
 * profile can have a key or a password file put into the page.
 */
#include "profile/export_html.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { AROUND = 3, LINE_MOST = 200, FILE_MOST = 16 << 20, SITES_MOST = 2000 };

static const char *const suffixes[] = {".c",  ".h",   ".i",   ".y",  ".l",   ".inc", ".def", ".tcc",
                                       ".cc", ".cpp", ".cxx", ".hh", ".hpp", ".hxx", ".ipp"};

static bool is_source_name(const char *path)
{
    const char *dot = strrchr(path, '.');
    if (dot == NULL) return false;
    for (size_t i = 0; i < sizeof suffixes / sizeof suffixes[0]; i++) {
        if (strcmp(dot, suffixes[i]) == 0) return true;
    }
    return false;
}

/* Null where there is no such file, or not one that may be shown. */
static FILE *open_source(const char *folder, const char *name)
{
    struct stat status;
    if (!is_source_name(name)) return NULL;
    char *path = name[0] == '/' ? mutray_strdup(name) : mutray_format("%s/%s", folder, name);
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    free(path);
    if (fd < 0) return NULL;
    FILE *file = NULL;
    if (fstat(fd, &status) == 0 && S_ISREG(status.st_mode) && status.st_size <= FILE_MOST) file = fdopen(fd, "r");
    if (file == NULL) close(fd);
    return file;
}

/* {"site": "pool.c:80:get", "file": PATH, "first": LINE, "lines": [...]} */
static void write_lines(struct mutray_json *json, const struct mutray_stack_frame *call, FILE *file)
{
    char *line = NULL;
    size_t capacity = 0;
    const char *slash = strrchr(call->file, '/');
    char *site = mutray_format("%s:%lld:%s", slash != NULL ? slash + 1 : call->file, (long long)call->line, call->name);
    int64_t first = call->line > AROUND ? call->line - AROUND : 1;
    mutray_json_open(json, NULL, '{');
    mutray_json_text(json, "site", site);
    mutray_json_text(json, "file", call->file);
    mutray_json_number(json, "first", (double)first);
    mutray_json_open(json, "lines", '[');
    for (int64_t number = 1; number <= call->line + AROUND; number++) {
        ssize_t length = getline(&line, &capacity, file);
        if (length < 0) break;
        if (number < first) continue;
        line[strcspn(line, "\r\n")] = '\0';
        if (length > LINE_MOST) line[LINE_MOST] = '\0';
        mutray_json_text(json, NULL, line);
    }
    mutray_json_close(json, ']');
    mutray_json_close(json, '}');
    free(site);
    free(line);
}

void mutray_html_sources(struct mutray_json *json, const struct mutray_stacks *stacks, const char *folder)
{
    bool *seen = mutray_calloc(stacks->frame_count, sizeof *seen);
    size_t sites = 0;
    mutray_json_open(json, "sources", '[');
    for (size_t i = 0; i < stacks->count && sites < SITES_MOST; i++) {
        const struct mutray_stack *stack = stacks->stacks[i];
        if (stack->count < 2) continue;
        uint32_t number = stack->frames[stack->count - 2];
        const struct mutray_stack_frame *call = &stacks->frames[number];
        if (seen[number] || call->line < 1) continue;
        seen[number] = true;
        FILE *file = open_source(folder, call->file);
        if (file == NULL) continue;
        write_lines(json, call, file);
        fclose(file);
        sites++;
    }
    mutray_json_close(json, ']');
    free(seen);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* See config.h. A mistake in the file is told with its line; the unit is then compiled as it is. */
#include "config.h"

#include "functions.h"

#include <errno.h>
#include <fnmatch.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MOST_WORDS = 6 };

struct line {
    const char *file;
    unsigned number;
    char *words[MOST_WORDS];
    unsigned count;
};

static int complain(struct config *config, const struct line *line, const char **ret_error, const char *what)
{
    *ret_error = arena_format(config->arena, "%s:%u: %s", line->file, line->number, what);
    return -EINVAL;
}

static int parse_rule(struct config *config, const struct line *line, const char **ret_error)
{
    static const char *const subjects[] = {"file", "function", "lock"};
    struct config_rule rule = {.include = strcmp(line->words[0], "include") == 0};
    if (line->count != 3) return complain(config, line, ret_error, "expected: exclude|include file|function|lock GLOB");
    for (unsigned i = 0; i < 3; i++) {
        if (strcmp(line->words[1], subjects[i]) != 0) continue;
        rule.subject = (enum config_subject)i;
        rule.glob = line->words[2];
        if (rule.include && rule.subject != CONFIG_FILE) break;
        *LIST_ADD(&config->rules, config->arena) = rule;
        return 0;
    }
    return complain(config, line, ret_error, rule.include ? "only files can be included: include file GLOB"
                                                          : "what can be excluded is file, function or lock");
}

static int parse_name(struct config *config, const struct line *line, const char **ret_error)
{
    if (line->count != 3) return complain(config, line, ret_error, "expected: name DECLARATION NAME");
    *LIST_ADD(&config->names, config->arena) = (struct config_name){line->words[1], line->words[2]};
    return 0;
}

static int parse_function(struct config *config, const struct line *line, const char **ret_error)
{
    if (line->count != 5 && line->count != 6)
        return complain(config, line, ret_error, "expected: function NAME KIND ROLE LOCK [true]");
    const char *error = lock_function_add(line->words[1], line->words[2], line->words[3], line->words[4],
                                          line->count == 6 ? line->words[5] : "zero", config->folder != NULL);
    return error == NULL ? 0 : complain(config, line, ret_error, error);
}

static int parse_type(struct config *config, const struct line *line, const char **ret_error)
{
    if (line->count != 2) return complain(config, line, ret_error, "expected: type NAME");
    lock_type_add(line->words[1]);
    return 0;
}

static int parse_line(struct config *config, struct line *line, char *text, const char **ret_error)
{
    char *rest = text;
    text[strcspn(text, "#\r")] = '\0';
    line->count = 0;
    for (char *word; (word = strtok_r(rest, " \t", &rest)) != NULL;) {
        if (line->count == MOST_WORDS) return complain(config, line, ret_error, "too many words on this line");
        line->words[line->count++] = word;
    }
    if (line->count == 0) return 0;
    if (strcmp(line->words[0], "exclude") == 0 || strcmp(line->words[0], "include") == 0)
        return parse_rule(config, line, ret_error);
    if (strcmp(line->words[0], "name") == 0) return parse_name(config, line, ret_error);
    if (strcmp(line->words[0], "function") == 0) return parse_function(config, line, ret_error);
    if (strcmp(line->words[0], "type") == 0) return parse_type(config, line, ret_error);
    return complain(config, line, ret_error, "a line begins with exclude, include, name, type or function");
}

int config_parse(struct config *config, const char *name, const char *content, const char **ret_error)
{
    struct line line = {.file = name};
    for (int error = 0; *content != '\0';) {
        size_t length = strcspn(content, "\n");
        line.number++;
        error = parse_line(config, &line, arena_copy(config->arena, content, length), ret_error);
        if (error != 0) return error;
        content += length + (content[length] == '\n');
    }
    return 0;
}

static int read_config(struct config *config, const char *path, const char **ret_error)
{
    FILE *file = fopen(path, "r");
    if (file == NULL) return -errno;
    struct buffer content = {0};
    char chunk[4096];
    buffer_add(config->arena, &content, "", 0);
    for (size_t length; (length = fread(chunk, 1, sizeof chunk, file)) > 0;)
        buffer_add(config->arena, &content, chunk, length);
    int error = ferror(file) ? -EIO : 0;
    fclose(file);
    if (error != 0) *ret_error = arena_format(config->arena, "%s: %s", path, strerror(-error));
    return error != 0 ? error : config_parse(config, path, content.bytes, ret_error);
}

/* An absolute path without `.` and links; NULL if the file is not there (text that says it comes from elsewhere). */
static const char *absolute(struct arena *arena, const char *path)
{
    char *resolved = realpath(path, NULL);
    if (resolved == NULL) return NULL;
    const char *copy = arena_copy(arena, resolved, strlen(resolved));
    free(resolved);
    return copy;
}

static int read_descriptions(struct config *config, const char *folder, const char **ret_error)
{
    glob_t files;
    int error = 0;
    if (glob(arena_format(config->arena, "%s/*.mutray", folder), 0, NULL, &files) != 0) return 0;
    for (size_t i = 0; i < files.gl_pathc && error == 0; i++)
        error = read_config(config, arena_copy(config->arena, files.gl_pathv[i], strlen(files.gl_pathv[i])), ret_error);
    globfree(&files);
    return error;
}

int config_find(struct arena *arena, const char *source, const char *descriptions, struct config *ret_config,
                const char **ret_error)
{
    *ret_config = (struct config){.arena = arena};
    int error = descriptions == NULL ? 0 : read_descriptions(ret_config, descriptions, ret_error);
    if (error != 0) return error;
    const char *path = absolute(arena, source);
    if (path == NULL) path = absolute(arena, ".");
    if (path == NULL) return 0;
    char *folder = arena_copy(arena, path, strlen(path));
    for (char *slash; (slash = strrchr(folder, '/')) != NULL;) {
        *slash = '\0';
        const char *file = arena_format(arena, "%s/.mutray", folder);
        if (access(file, F_OK) != 0) continue;
        ret_config->folder = arena_copy(arena, folder, strlen(folder));
        return read_config(ret_config, file, ret_error);
    }
    return 0;
}

/* A glob without a slash is for the last component; one that names a folder holds for all below it. */
static bool matches_path(const char *glob, const char *path)
{
    const char *name = strrchr(path, '/');
    if (strchr(glob, '/') == NULL && fnmatch(glob, name == NULL ? path : name + 1, 0) == 0) return true;
    return fnmatch(glob, path, FNM_PATHNAME | FNM_LEADING_DIR) == 0;
}

const char *config_excludes_file(const struct config *config, const char *file)
{
    if (config->rules.count == 0) return NULL;
    const char *path = absolute(config->arena, file), *missing = NULL;
    if (path == NULL) path = file;
    size_t length = config->folder == NULL ? 0 : strlen(config->folder);
    if (length != 0 && strncmp(path, config->folder, length) == 0 && path[length] == '/') path += length + 1;
    for (size_t i = 0; i < config->rules.count; i++) {
        const struct config_rule *rule = &config->rules.items[i];
        if (rule->subject != CONFIG_FILE) continue;
        bool match = matches_path(rule->glob, path);
        if (match && !rule->include) return rule->glob;
        if (rule->include && missing == NULL) missing = rule->glob;
        if (match) missing = "";
    }
    return missing == NULL || missing[0] == '\0' ? NULL : missing;
}

const char *config_excludes(const struct config *config, enum config_subject subject, const char *name)
{
    for (size_t i = 0; i < config->rules.count; i++)
        if (config->rules.items[i].subject == subject && fnmatch(config->rules.items[i].glob, name, 0) == 0)
            return config->rules.items[i].glob;
    return NULL;
}

const char *config_name(const struct config *config, const char *declaration)
{
    for (size_t i = 0; i < config->names.count; i++)
        if (strcmp(config->names.items[i].declaration, declaration) == 0) return config->names.items[i].name;
    return NULL;
}

const char *config_descriptions_folder(struct arena *arena)
{
    char path[4096];
    ssize_t length = readlink("/proc/self/exe", path, sizeof path - 1);
    if (length <= 0) return NULL;
    path[length] = '\0';
    char *slash = strrchr(path, '/');
    *slash = '\0';
    slash = strrchr(path, '/');
    if (slash == NULL) return NULL;
    *slash = '\0';
    return arena_format(arena, "%s/share/mutray", path);
}

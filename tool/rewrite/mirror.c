/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writing the mirror of a project: every file as it is, but for the edited ones and the headers beside them.
 *
 * A second run into the same mirror leaves alone what would not change, so that a build there only makes again what
 * must be; what an earlier run wrote and this one does not is removed, and what others put there stays. Left out are
 * version control, other build folders, objects and what CMake keeps about an in-source build: a mirror with those
 * would not build, or would build nothing.
 */
#include "mirror.h"

#include "base/say.h"
#include "edit.h"
#include "headers.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct mirror {
    struct arena *arena;
    struct project *project;
    const char *tree;
    struct stat tree_about;
    LIST(const char *) written; /* relative paths */
    struct buffer manifest;
    size_t edited;
};

void mirror_check(const char *root, const char *tree)
{
    char real[PATH_MAX];
    DIR *folder = opendir(tree);
    if (folder == NULL && errno == ENOENT) return;
    if (folder == NULL) mutray_die("--out %s: %s", tree, strerror(errno));
    size_t length = realpath(tree, real) == NULL ? 0 : strlen(real);
    if (length != 0 && strncmp(root, real, length) == 0 && (root[length] == '/' || root[length] == '\0'))
        mutray_die("--out %s would be written over the project itself; give a folder of its own", tree);
    bool empty = true;
    for (const struct dirent *entry; (entry = readdir(folder)) != NULL;)
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0) empty = false;
    closedir(folder);
    char *manifest = mutray_format("%s/" MIRROR_MANIFEST, tree);
    if (!empty && access(manifest, R_OK) != 0)
        mutray_die("%s is not empty and was not written by mutray rewrite; give an empty or new folder", tree);
    free(manifest);
}

static void make_folders(const char *path)
{
    char *copy = mutray_strdup(path);
    for (char *slash = copy; (slash = strchr(slash + 1, '/')) != NULL;) {
        *slash = '\0';
        if (mkdir(copy, 0777) != 0 && errno != EEXIST) mutray_die("%s: %s", copy, strerror(errno));
        *slash = '/';
    }
    free(copy);
}

static bool same_content(struct arena *arena, const char *path, const char *bytes, size_t size)
{
    struct stat about;
    struct text text;
    if (lstat(path, &about) != 0 || !S_ISREG(about.st_mode) || (size_t)about.st_size != size) return false;
    return text_load(arena, path, &text) == 0 && text.size == size && memcmp(text.bytes, bytes, size) == 0;
}

/* `about`: of the original, whose mode and time the copy has; NULL for a file of our own. */
static void write_file(struct mirror *mirror, const char *relative, const char *bytes, size_t size,
                       const struct stat *about, bool keep_time)
{
    struct arena arena = {0};
    char *path = mutray_format("%s/%s", mirror->tree, relative);
    mode_t mode = about == NULL ? 0644 : about->st_mode & 0777;
    *LIST_ADD(&mirror->written, mirror->arena) = arena_copy(mirror->arena, relative, strlen(relative));
    if (!same_content(&arena, path, bytes, size)) {
        make_folders(path);
        if (unlink(path) != 0 && errno != ENOENT) mutray_die("%s: %s", path, strerror(errno));
        FILE *file = fopen(path, "wb");
        if (file == NULL || fwrite(bytes, 1, size, file) != size || fclose(file) != 0)
            mutray_die("%s: %s", path, strerror(errno));
    }
    if (chmod(path, mode) != 0) mutray_die("%s: %s", path, strerror(errno));
    if (keep_time) utimensat(AT_FDCWD, path, (struct timespec[2]){about->st_atim, about->st_mtim}, 0);
    arena_free(&arena);
    free(path);
}

static const char *base_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash == NULL ? path : slash + 1;
}

/* A link that leads into the project leads into the mirror. */
static void copy_link(struct mirror *mirror, const char *relative)
{
    char target[PATH_MAX];
    char *from = mutray_format("%s/%s", mirror->project->root, relative);
    char *to = mutray_format("%s/%s", mirror->tree, relative);
    ssize_t length = readlink(from, target, sizeof target - 1);
    if (length < 0) mutray_die("%s: %s", from, strerror(errno));
    target[length] = '\0';
    const char *root = mirror->project->root, *link = target;
    struct buffer inside = {0};
    if (strncmp(target, root, strlen(root)) == 0 && target[strlen(root)] == '/') {
        for (const char *p = relative; (p = strchr(p, '/')) != NULL; p++) buffer_format(mirror->arena, &inside, "../");
        buffer_format(mirror->arena, &inside, "%s", target + strlen(root) + 1);
        link = inside.bytes;
    }
    make_folders(to);
    if (unlink(to) != 0 && errno != ENOENT) mutray_die("%s: %s", to, strerror(errno));
    if (symlink(link, to) != 0) mutray_die("%s: %s", to, strerror(errno));
    *LIST_ADD(&mirror->written, mirror->arena) = arena_copy(mirror->arena, relative, strlen(relative));
    free(from);
    free(to);
}

/* The headers of an edited file are found from a link to it as well. */
static void write_forwards(struct mirror *mirror, const char *relative)
{
    char *from = mutray_format("%s/%s", mirror->project->root, relative);
    char real[PATH_MAX];
    struct file *file = realpath(from, real) == NULL ? NULL : project_file(mirror->project, real);
    free(from);
    if (file == NULL || (file->uses.count == 0 && file->points.count == 0 && file->creations.count == 0)) return;
    static const char *const endings[] = {"mutray.h", "mutray-end.h"};
    for (int i = 0; i < 2; i++) {
        if (!(i == 0 ? file_needs_header(file) : file_needs_end(file))) continue;
        const char *folder = arena_copy(mirror->arena, relative, (size_t)(base_of(relative) - relative));
        const char *name = arena_format(mirror->arena, "%s%s.%s", folder, base_of(file->relative), endings[i]);
        const char *target = arena_format(mirror->arena, "%s.%s", file->relative, endings[i]);
        if (strcmp(name, target) == 0) continue;
        struct buffer text = {0};
        buffer_format(mirror->arena, &text, "#include \"");
        for (const char *p = name; (p = strchr(p, '/')) != NULL; p++) buffer_format(mirror->arena, &text, "../");
        buffer_format(mirror->arena, &text, "%s\"\n", target);
        write_file(mirror, name, text.bytes, text.length, NULL, false);
    }
}

static void write_edited(struct mirror *mirror, struct file *file, const struct stat *about)
{
    struct buffer text = {0}, header = {0}, end = {0};
    bool several = false;
    if (!file_edit(mirror->arena, file, &text, &several)) {
        write_file(mirror, file->relative, file->source.text.bytes, file->source.text.size, about, true);
        return;
    }
    write_file(mirror, file->relative, text.bytes, text.length, about, false);
    buffer_format(mirror->arena, &mirror->manifest, "edited %s\n", file->relative);
    mirror->edited++;
    if (file_needs_header(file)) {
        write_header(mirror->arena, file, several, &header);
        const char *name = arena_format(mirror->arena, "%s.mutray.h", file->relative);
        write_file(mirror, name, header.bytes, header.length, NULL, false);
    }
    if (!file_needs_end(file)) return;
    write_end(mirror->arena, file, &end);
    const char *name = arena_format(mirror->arena, "%s.mutray-end.h", file->relative);
    write_file(mirror, name, end.bytes, end.length, NULL, false);
}

static void copy_file(struct mirror *mirror, const char *relative, const struct stat *about)
{
    struct project *project = mirror->project;
    for (size_t i = 0; i < project->files.count; i++) {
        if (strcmp(project->files.items[i]->relative, relative) != 0) continue;
        write_edited(mirror, project->files.items[i], about);
        return;
    }
    struct arena arena = {0};
    struct text text;
    char *path = mutray_format("%s/%s", project->root, relative);
    int error = text_load(&arena, path, &text);
    if (error != 0) mutray_die("%s: %s", path, strerror(-error));
    write_file(mirror, relative, text.bytes, text.size, about, true);
    arena_free(&arena);
    free(path);
}

static bool there(const char *folder, const char *name)
{
    char *path = mutray_format("%s/%s", folder, name);
    bool is = access(path, F_OK) == 0;
    free(path);
    return is;
}

/* What is not part of the sources. `path` is absolute. */
static bool is_left_out(const struct mirror *mirror, const char *path, const struct stat *about)
{
    static const char *const names[] = {".git", ".hg", ".svn", "CMakeCache.txt", "CMakeFiles"};
    static const char *const endings[] = {".o", ".lo", ".gch"};
    const char *base = base_of(path), *dot = strrchr(base, '.');
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(base, names[i]) == 0) return true;
    if (S_ISDIR(about->st_mode)) {
        bool tree = about->st_dev == mirror->tree_about.st_dev && about->st_ino == mirror->tree_about.st_ino;
        return tree || there(path, "CMakeCache.txt") || there(path, "build.ninja") || there(path, MIRROR_MANIFEST);
    }
    for (size_t i = 0; dot != NULL && i < sizeof endings / sizeof *endings; i++)
        if (strcmp(dot, endings[i]) == 0) return true;
    return !S_ISREG(about->st_mode) && !S_ISLNK(about->st_mode);
}

static int not_dots(const struct dirent *entry)
{
    return strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
}

static int by_bytes(const struct dirent **left, const struct dirent **right)
{
    return strcmp((*left)->d_name, (*right)->d_name);
}

static void copy_folder(struct mirror *mirror, const char *relative)
{
    struct dirent **entries;
    char *folder = relative[0] == '\0' ? mutray_strdup(mirror->project->root)
                                       : mutray_format("%s/%s", mirror->project->root, relative);
    int count = scandir(folder, &entries, not_dots, by_bytes);
    if (count < 0) mutray_die("%s: %s", folder, strerror(errno));
    for (int i = 0; i < count; i++) {
        struct stat about;
        char *path = mutray_format("%s/%s", folder, entries[i]->d_name);
        char *below = relative[0] == '\0' ? mutray_strdup(entries[i]->d_name)
                                          : mutray_format("%s/%s", relative, entries[i]->d_name);
        if (lstat(path, &about) != 0) mutray_die("%s: %s", path, strerror(errno));
        if (!is_left_out(mirror, path, &about)) {
            if (S_ISDIR(about.st_mode)) copy_folder(mirror, below);
            else if (S_ISREG(about.st_mode)) copy_file(mirror, below, &about);
            else {
                copy_link(mirror, below);
                write_forwards(mirror, below);
            }
        }
        free(path);
        free(below);
        free(entries[i]);
    }
    free(entries);
    free(folder);
}

static int compare_names(const void *left, const void *right)
{
    return strcmp(*(const char *const *)left, *(const char *const *)right);
}

/* Removes what the manifest of an earlier run lists and this run did not write. */
static void remove_stale(struct mirror *mirror)
{
    struct text manifest;
    const char *path = arena_format(mirror->arena, "%s/" MIRROR_MANIFEST, mirror->tree);
    qsort(mirror->written.items, mirror->written.count, sizeof(char *), compare_names);
    if (text_load(mirror->arena, path, &manifest) != 0) return;
    for (const char *line = manifest.bytes; *line != '\0';) {
        size_t length = strcspn(line, "\n");
        if (length > 6 && strncmp(line, "wrote ", 6) == 0) {
            const char *name = arena_copy(mirror->arena, line + 6, length - 6);
            if (bsearch(&name, mirror->written.items, mirror->written.count, sizeof name, compare_names) == NULL)
                unlink(arena_format(mirror->arena, "%s/%s", mirror->tree, name));
        }
        line += length + (line[length] == '\n');
    }
}

static void write_report(struct mirror *mirror)
{
    struct buffer text = {0};
    buffer_format(mirror->arena, &text, "# What mutray rewrite left as it is, and why.\n");
    for (size_t i = 0; i < mirror->project->remarks.count; i++) {
        const struct remark *remark = &mirror->project->remarks.items[i];
        buffer_format(mirror->arena, &text, "%s:%u: %s: %s\n", remark->file, remark->line, remark->function,
                      remark->reason);
    }
    write_file(mirror, MIRROR_REPORT, text.bytes, text.length, NULL, false);
}

size_t mirror_write(struct project *project, const char *tree)
{
    struct mirror mirror = {.arena = project->arena, .project = project, .tree = tree};
    struct buffer common = {0};
    make_folders(arena_format(mirror.arena, "%s/", tree));
    if (stat(tree, &mirror.tree_about) != 0) mutray_die("%s: %s", tree, strerror(errno));
    buffer_format(mirror.arena, &mirror.manifest, "mutray rewrite 1\nroot %s\n", project->root);
    copy_folder(&mirror, "");
    write_common_header(mirror.arena, &common);
    write_file(&mirror, COMMON_HEADER, common.bytes, common.length, NULL, false);
    write_report(&mirror);
    remove_stale(&mirror);
    for (size_t i = 0; i < mirror.written.count; i++)
        buffer_format(mirror.arena, &mirror.manifest, "wrote %s\n", mirror.written.items[i]);
    write_file(&mirror, MIRROR_MANIFEST, mirror.manifest.bytes, mirror.manifest.length, NULL, false);
    return mirror.edited;
}

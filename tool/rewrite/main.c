/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mutray-rewrite: the part of `mutray rewrite` that needs libclang, which `mutray` itself must not load.
 *
 *     mutray-rewrite FOLDER TREE [ROOT]
 *
 * FOLDER has the compile_commands.json, TREE is written, ROOT is the project's folder if it was given.
 */
#include "analyse.h"
#include "base/say.h"
#include "mirror.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char *absolute(const char *path)
{
    char real[PATH_MAX];
    if (realpath(path, real) == NULL) mutray_die("%s: %s", path, strerror(errno));
    return mutray_strdup(real);
}

/* Shortens `root` to what it shares with the folder `path`; empty at first. */
static void share(char *root, const char *path)
{
    if (root[0] == '\0') {
        strcpy(root, path);
        return;
    }
    size_t same = 0, whole = 0;
    for (; root[same] != '\0' && root[same] == path[same]; same++)
        if (root[same] == '/') whole = same;
    bool path_ends = path[same] == '\0' || path[same] == '/', root_ends = root[same] == '\0' || root[same] == '/';
    root[path_ends && root_ends ? same : whole] = '\0';
}

/* Where a build folder says its sources are: NULL if FOLDER is none. */
static char *source_folder(const char *folder)
{
    static const char key[] = "CMAKE_HOME_DIRECTORY:INTERNAL=";
    char *path = mutray_format("%s/CMakeCache.txt", folder), line[PATH_MAX + sizeof key], *found = NULL;
    FILE *cache = fopen(path, "r");
    while (cache != NULL && found == NULL && fgets(line, sizeof line, cache) != NULL) {
        line[strcspn(line, "\n")] = '\0';
        if (strncmp(line, key, sizeof key - 1) == 0) found = mutray_strdup(line + sizeof key - 1);
    }
    if (cache != NULL) fclose(cache);
    free(path);
    return found;
}

/* The folder around all sources, except generated ones, and around the folder the build is run from. */
static void find_root(const char *folder, const struct commands *commands, char *ret_root)
{
    char *home = source_folder(folder), real[PATH_MAX];
    bool ninja = access(mutray_format("%s/build.ninja", folder), F_OK) == 0;
    ret_root[0] = '\0';
    if (home != NULL && realpath(home, real) != NULL) share(ret_root, real);
    else if (!ninja) share(ret_root, folder);
    for (size_t i = 0; i < commands->count; i++) {
        const struct command *command = &commands->items[i];
        char *path = command->file[0] == '/' ? mutray_strdup(command->file)
                                             : mutray_format("%s/%s", command->directory, command->file);
        bool found = realpath(path, real) != NULL;
        bool generated = (ninja || home != NULL) && found && strncmp(real, folder, strlen(folder)) == 0 &&
                         real[strlen(folder)] == '/' && (home == NULL || strcmp(ret_root, folder) != 0);
        free(path);
        if (!found || generated) continue;
        *strrchr(real, '/') = '\0';
        share(ret_root, real);
    }
    free(home);
    if (ret_root[0] == '\0') mutray_die("the sources have no folder in common; say where the project is with --root");
}

static void say(const struct project *project, const char *tree, size_t edited)
{
    size_t calls = 0, named = 0;
    for (size_t i = 0; i < project->files.count; i++) {
        const struct file *file = project->files.items[i];
        for (size_t j = 0; j < file->uses.count; j++) {
            if (file->uses.items[j]->point->kind > SITE_DESCRIBED) continue;
            calls++;
            named += file->uses.items[j]->named.variable[0] != '\0';
        }
    }
    printf("%s: %zu files edited, %zu lock calls, %zu named", tree, edited, calls, named);
    if (project->remarks.count != 0) printf("; %zu left alone, see %s/" MIRROR_REPORT, project->remarks.count, tree);
    printf("\n");
}

int main(int argc, char **argv)
{
    if (argc < 3 || argc > 4) mutray_die("mutray-rewrite is run by `mutray rewrite`");
    char root[PATH_MAX];
    struct commands commands;
    struct arena arena = {0};
    commands_read(argv[1], &commands);
    const char *folder = absolute(argv[1]), *here = absolute(".");
    if (argc > 3) snprintf(root, sizeof root, "%s", absolute(argv[3]));
    else find_root(folder, &commands, root);
    const char *tree = argv[2][0] == '/' ? argv[2] : mutray_format("%s/%s", here, argv[2]);
    mirror_check(root, tree);
    struct project project = {.arena = &arena, .root = root};
    for (size_t i = 0; i < commands.count; i++) analyse(&project, &commands.items[i]);
    project_complete(&project);
    size_t edited = mirror_write(&project, tree);
    say(&project, argv[2], edited);
    if (fclose(stdout) != 0) mutray_die("cannot write the output: %s", strerror(errno));
    return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* `mutray diff`: what `mutray rewrite` changed, by diff(1), for the files that the mirror's manifest calls edited. */
#include "base/say.h"
#include "cmd/command.h"
#include "rewrite/manifest.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static bool everything;

const struct mutray_option mutray_cmd_diff_options[] = {
    {"all", 0, MUTRAY_FLAG, &everything, NULL, "also the headers that were written beside the sources"},
    {.kind = MUTRAY_END},
};

/* Runs diff -u; `from` may be /dev/null. */
static void show(const char *from, const char *to, const char *relative)
{
    int status;
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        char *labels[] = {mutray_format("a/%s", relative), mutray_format("b/%s", relative)};
        execlp("diff", "diff", "-u", "--label", labels[0], "--label", labels[1], "--", from, to, (char *)NULL);
        mutray_die("cannot run diff: %s; it is in the package diffutils", strerror(errno));
    }
    if (child < 0 || waitpid(child, &status, 0) < 0) mutray_die("cannot run diff: %s", strerror(errno));
    if (!WIFEXITED(status) || WEXITSTATUS(status) > 1) exit(MUTRAY_EXIT_TROUBLE); /* diff has said why */
}

static bool ends_with_any(const char *line)
{
    static const char *const endings[] = {".mutray.h", ".mutray-end.h", "mutray-mirror.h"};
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
        size_t length = strlen(line), ending = strlen(endings[i]);
        if (length >= ending && strcmp(line + length - ending, endings[i]) == 0) return true;
    }
    return false;
}

int mutray_cmd_diff(int argc, char **argv)
{
    int operands = mutray_options_parse("diff", mutray_cmd_diff_options, MUTRAY_OPERANDS_ANYWHERE, argc, argv);
    if (operands != 1) mutray_die("diff: give the folder that `mutray rewrite --out` wrote, as in `mutray diff TREE`");
    char *path = mutray_format("%s/" MIRROR_MANIFEST, argv[1]), *line = NULL, *root = NULL;
    FILE *manifest = fopen(path, "r");
    size_t room = 0;
    ssize_t length;
    if (manifest == NULL) {
        mutray_die("%s was not written by `mutray rewrite` (%s: %s); give the folder named by its --out", argv[1], path,
                   strerror(errno));
    }
    while ((length = getline(&line, &room, manifest)) > 0) {
        if (line[length - 1] == '\n') line[length - 1] = '\0';
        if (strncmp(line, "root ", 5) == 0) root = mutray_strdup(line + 5);
        char *name = strchr(line, ' ');
        if (name++ == NULL || root == NULL) continue;
        if (strncmp(line, "edited ", 7) == 0)
            show(mutray_format("%s/%s", root, name), mutray_format("%s/%s", argv[1], name), name);
        else if (everything && strncmp(line, "wrote ", 6) == 0 && ends_with_any(name))
            show("/dev/null", mutray_format("%s/%s", argv[1], name), name);
    }
    if (root == NULL) mutray_die("%s is damaged; run `mutray rewrite` again", path);
    fclose(manifest);
    free(line);
    return 0;
}

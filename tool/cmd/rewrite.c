/* SPDX-License-Identifier: Apache-2.0 */
/* `mutray rewrite`: hands over to mutray-rewrite, the program beside this one that has libclang. */
#include "base/paths.h"
#include "base/say.h"
#include "cmd/command.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

static const char *folder = ".", *tree, *root;

const struct mutray_option mutray_cmd_rewrite_options[] = {
    {"project", 'p', MUTRAY_TEXT, &folder, "DIR", "folder of compile_commands.json (default: this one)"},
    {"out", 'o', MUTRAY_TEXT, &tree, "TREE", "where to write the mirror: a new folder, or one of an earlier run"},
    {"root", 0, MUTRAY_TEXT, &root, "DIR", "the project's folder (default: the one around all sources)"},
    {.kind = MUTRAY_END},
};

int mutray_cmd_rewrite(int argc, char **argv)
{
    int operands = mutray_options_parse("rewrite", mutray_cmd_rewrite_options, MUTRAY_OPERANDS_ANYWHERE, argc, argv);
    if (operands != 0) mutray_die("rewrite: what is '%s'? Write `mutray rewrite -p DIR --out TREE`", argv[1]);
    if (tree == NULL || tree[0] == '\0') mutray_die("rewrite: say where to write the mirror, with --out TREE");
    char *program = mutray_path_program("mutray-rewrite");
    if (program == NULL) mutray_die("mutray-rewrite is not beside mutray; is the installation complete?");
    execl(program, "mutray-rewrite", folder, tree, root, (char *)NULL);
    mutray_die("%s: %s", program, strerror(errno));
}

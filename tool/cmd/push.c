/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `mutray push FILE...`: sends profiles that were written to files. Hands over to mutray-send, the program beside this
 * one that has libcurl.
 */
#include "base/paths.h"
#include "base/say.h"
#include "cmd/command.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

static const char *to = "", *url = "";

const struct mutray_option mutray_cmd_push_options[] = {
    {"to", 0, MUTRAY_TEXT, &to, "WHERE", "datadog, pyroscope or parca (default: as the environment says)"},
    {"url", 0, MUTRAY_TEXT, &url, "URL", "where it listens: for datadog the agent (default: as the environment says)"},
    {.kind = MUTRAY_END},
};

int mutray_cmd_push(int argc, char **argv)
{
    int files = mutray_options_parse("push", mutray_cmd_push_options, MUTRAY_OPERANDS_ANYWHERE, argc, argv);
    static const char *const known[] = {"datadog", "pyroscope", "parca", ""};
    size_t i = 0;
    while (i < sizeof known / sizeof known[0] && strcmp(to, known[i]) != 0) i++;
    if (i == sizeof known / sizeof known[0])
        mutray_die("push: --to wants datadog, pyroscope or parca, not '%s'", to);
    if (url[0] != '\0' && to[0] == '\0') mutray_die("push: --url goes with --to datadog, pyroscope or parca");
    if (files == 0) mutray_die("push: give the profiles to send, as in `mutray push --to datadog prefix.*.pprof`");
    char *program = mutray_path_program("mutray-send");
    if (program == NULL) mutray_die("mutray-send is not beside mutray; is the installation complete?");
    char **words = mutray_calloc((size_t)files + 5, sizeof *words);
    words[0] = "mutray-send";
    words[1] = "push";
    words[2] = (char *)to;
    words[3] = (char *)url;
    memcpy(words + 4, argv + 1, (size_t)files * sizeof *words);
    execv(program, words);
    mutray_die("%s: %s", program, strerror(errno));
}

/* SPDX-License-Identifier: Apache-2.0 */
/* `mutray export --FORM FILE...`: profiles in the forms of other viewers, to standard output or a file. */
#include "profile/export.h"
#include "base/say.h"
#include "cmd/command.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool html, no_source, folded, speedscope, leaf;
static const char *output, *source, *filter, *value_word;

const struct mutray_option mutray_cmd_export_options[] = {
    {"html", 0, MUTRAY_FLAG, &html, NULL, "a page for a browser, all in one file"},
    {"folded", 0, MUTRAY_FLAG, &folded, NULL, "folded stacks, for flamegraph.pl and the like"},
    {"speedscope", 0, MUTRAY_FLAG, &speedscope, NULL, "speedscope's JSON, with all four values"},
    {"leaf", 0, MUTRAY_FLAG, &leaf, NULL, "pprof with the lock as innermost frame, for viewers without labels"},
    {"value", 0, MUTRAY_TEXT, &value_word, "VALUE", "for --folded: wait, acquire, hold or release (wait)"},
    {"no-source", 0, MUTRAY_FLAG, &no_source, NULL, "for --html: leave out the lines of source around the calls"},
    {"source", 0, MUTRAY_TEXT, &source, "DIR", "for --html: where relative names of source files begin (.)"},
    {"filter", 0, MUTRAY_TEXT, &filter, "REGEX", "only locks whose name or declaration matches"},
    {"output", 'o', MUTRAY_TEXT, &output, "FILE", "write to FILE instead of standard output"},
    {.kind = MUTRAY_END},
};

static enum mutray_value find_value(const char *word)
{
    static const char *const words[] = {
#define X(name, type, unit) #name,
        MUTRAY_VALUES(X)
#undef X
    };
    for (int i = 0; i < MUTRAY_VALUE_COUNT; i++) {
        if (strcmp(words[i], word) == 0) return i;
    }
    mutray_die("export: --value is wait, acquire, hold or release, not '%s'", word);
}

static void write_form(const struct mutray_stacks *stacks, enum mutray_value value, FILE *out)
{
    if (html) {
        mutray_export_html(stacks, no_source ? NULL : source != NULL ? source : ".", out);
    } else if (folded) {
        mutray_export_folded(stacks, value, out);
    } else if (speedscope) {
        mutray_export_speedscope(stacks, out);
    } else {
        int result = mutray_export_leaf(stacks, fileno(out));
        if (result < 0) mutray_die("export: cannot write: %s", strerror(-result));
    }
}

int mutray_cmd_export(int argc, char **argv)
{
    int files = mutray_options_parse("export", mutray_cmd_export_options, MUTRAY_OPERANDS_ANYWHERE, argc, argv);
    if (html + folded + speedscope + leaf != 1)
        mutray_die("export: say which form: --html, --folded, --speedscope or --leaf");
    if (value_word != NULL && !folded)
        mutray_die("export: --value goes with --folded; the other forms have all values");
    if ((no_source || source != NULL) && !html)
        mutray_die("export: --source and --no-source go with --html; the other forms have no source lines");
    if (no_source && source != NULL) mutray_die("export: --source and --no-source exclude each other");
    if (files == 0)
        mutray_die("export: give the profiles to read, as in `mutray export --html -o locks.html prefix.*.pprof`");
    if (leaf && output == NULL && isatty(STDOUT_FILENO)) {
        mutray_die("export: a pprof file is not for a terminal; write it to a file with --output FILE");
    }
    enum mutray_value value = find_value(value_word != NULL ? value_word : "wait");
    struct mutray_stacks *stacks = mutray_stacks_of_files((const char *const *)argv + 1, (size_t)files, filter);
    FILE *out = output != NULL ? fopen(output, "we") : stdout;
    if (out == NULL) mutray_die("export: cannot write %s: %s", output, strerror(errno));
    if (stacks->count == 0) mutray_warn("export: no samples of locks; `mutray report` says why");
    write_form(stacks, value, out);
    mutray_stacks_free(stacks);
    if (output != NULL && (ferror(out) | (fclose(out) != 0))) {
        mutray_die("export: cannot write %s: %s", output, strerror(errno));
    }
    return 0;
}

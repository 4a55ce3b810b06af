/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `mutray report FILE...`: the files added up and shown as one table. With --diff the table is compared with another
 * run, with --max-wait it is held to limits; both can make the exit status 1, so that a pipeline stops.
 */
#include "base/say.h"
#include "cmd/command.h"
#include "cmd/view_options.h"
#include "profile/compare.h"

#include <stdlib.h>
#include <string.h>

static struct mutray_view view;
static bool want_json, want_csv;
static struct mutray_list diff_files, limit_texts;
static const char *threshold_text;

const struct mutray_option mutray_cmd_report_options[] = {
    MUTRAY_VIEW_OPTIONS(view),
    {"json", 0, MUTRAY_FLAG, &want_json, NULL, "everything as JSON; times in nanoseconds"},
    {"csv", 0, MUTRAY_FLAG, &want_csv, NULL, "the fields as comma-separated values; times in nanoseconds"},
    {"diff", 'd', MUTRAY_LIST, &diff_files, "BASE", "compare with this profile (again for each of its files)"},
    {"threshold", 0, MUTRAY_TEXT, &threshold_text, "PCT",
     "with --diff: exit 1 if the --sort field of a lock grew by more"},
    {"max-wait", 0, MUTRAY_LIST, &limit_texts, "LOCK=TIME",
     "exit 1 if a wait for LOCK (a name or a pattern) was longer"},
    {.kind = MUTRAY_END},
};

int mutray_cmd_report(int argc, char **argv)
{
    int files = mutray_options_parse("report", mutray_cmd_report_options, MUTRAY_OPERANDS_ANYWHERE, argc, argv);
    if (view.fields != NULL && strcmp(view.fields, "help") == 0) {
        mutray_fields_explain(stdout);
        return 0;
    }
    if (files == 0) mutray_die("report: give the profiles to read, as in `mutray report prefix.*.pprof`");
    if (want_json && want_csv) mutray_die("report: --json and --csv exclude each other");
    if (threshold_text != NULL && diff_files.count == 0)
        mutray_die("report: --threshold needs --diff BASE to compare with");
    struct mutray_threshold threshold = mutray_threshold_parse(threshold_text);
    struct mutray_limit *limits = mutray_limits_parse(&limit_texts);
    struct mutray_table *table = mutray_table_of_files((const char *const *)argv + 1, (size_t)files);
    int status = 0;
    if (diff_files.count > 0) {
        struct mutray_table *base = mutray_table_of_files(diff_files.items, diff_files.count);
        enum mutray_diff_form form = want_json ? MUTRAY_DIFF_JSON : want_csv ? MUTRAY_DIFF_CSV : MUTRAY_DIFF_TEXT;
        status = mutray_compare(base, table, &view, form, threshold, stdout);
        mutray_table_free(base);
    } else if (want_json) {
        mutray_view_json(table, &view, stdout);
    } else if (want_csv) {
        mutray_view_csv(table, &view, stdout);
    } else {
        mutray_view_text(table, &view, stdout);
    }
    if (mutray_limits_check(table, limits, limit_texts.count) > 0) status = MUTRAY_EXIT_NO;
    free(limits);
    mutray_table_free(table);
    return status;
}

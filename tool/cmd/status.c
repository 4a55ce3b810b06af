/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `mutray status FILE|FOLDER...`: what is instrumented in object code, and why not. Reads only what the objects carry,
 * so it works on anybody's binary, long after the build. A folder is searched for objects, archives, libraries and
 * programs; what is in a program and in its objects is counted once.
 */
#include "base/json.h"
#include "base/say.h"
#include "cmd/command.h"
#include "driver/records.h"

#include <errno.h>
#include <fts.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static bool want_json;

const struct mutray_option mutray_cmd_status_options[] = {
    {"json", 0, MUTRAY_FLAG, &want_json, NULL, "everything as JSON"},
    {.kind = MUTRAY_END},
};

struct totals {
    unsigned instrumented, plain, found, named, skipped;
};

static void read_file(const char *path, bool in_folder, struct records *records)
{
    int error = records_read(path, records);
    if (error == 0 || (in_folder && error == -ENOEXEC)) return;
    const char *what = strerror(-error);
    if (error == -ENOEXEC) what = "no object code; give an object, an archive, a program or a folder";
    if (error == -EBADMSG) what = "damaged object code; build it again";
    if (in_folder)
        mutray_warn("status: %s: %s", path, what);
    else
        mutray_die("status: %s: %s%s", path, what,
                   strchr(what, ';') != NULL ? "" : "; give a file or folder that is there and may be read");
}

static void read_folder(const char *path, struct records *records)
{
    char *const paths[] = {(char *)path, NULL};
    FTS *walk = fts_open(paths, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
    if (walk == NULL) mutray_die("status: %s: %s", path, strerror(errno));
    for (FTSENT *entry; (entry = fts_read(walk)) != NULL;) {
        if (entry->fts_info == FTS_F) read_file(entry->fts_path, true, records);
        if (entry->fts_info == FTS_DNR || entry->fts_info == FTS_ERR)
            mutray_warn("status: %s: %s", entry->fts_path, strerror(entry->fts_errno));
    }
    fts_close(walk);
}

static int by_content(const void *left, const void *right)
{
    const struct unit_record *a = left, *b = right;
    int order = strcmp(a->source, b->source);
    if (order == 0) order = strcmp(a->reason ? a->reason : "", b->reason ? b->reason : "");
    if (order == 0) order = (a->found > b->found) - (a->found < b->found);
    return order != 0 ? order : strcmp(a->file, b->file);
}

static void sort_and_merge(struct records *records)
{
    size_t kept = 0;
    if (records->count == 0) return;
    qsort(records->units, records->count, sizeof *records->units, by_content);
    for (size_t i = 1; i < records->count; i++)
        if (!records_equal(&records->units[kept], &records->units[i])) records->units[++kept] = records->units[i];
    records->count = kept + 1;
}

static struct totals add_up(const struct records *records)
{
    struct totals totals = {0};
    for (size_t i = 0; i < records->count; i++) {
        const struct unit_record *unit = &records->units[i];
        if (unit->reason == NULL)
            totals.instrumented++;
        else
            totals.plain++;
        totals.found += unit->found;
        totals.named += unit->named;
        totals.skipped += unit->skipped;
    }
    return totals;
}

static void print_unit(const struct unit_record *unit)
{
    if (unit->reason != NULL)
        printf("%s: not instrumented: %s\n", unit->source, unit->reason);
    else
        printf("%s: %u found, %u named, %u skipped\n", unit->source, unit->found, unit->named, unit->skipped);
    for (size_t i = 0; i < unit->skip_count; i++)
        printf("  %s: %s: %s\n", unit->skips[i].place, unit->skips[i].name, unit->skips[i].reason);
}

static void print_text(const struct records *records, const struct totals *totals)
{
    for (size_t i = 0; i < records->count; i++)
        print_unit(&records->units[i]);
    printf("units with locks: %u instrumented, %u not; lock calls: %u found, %u named, %u skipped\n",
           totals->instrumented, totals->plain, totals->found, totals->named, totals->skipped);
}

static void write_unit(struct mutray_json *json, const struct unit_record *unit)
{
    mutray_json_open(json, NULL, '{');
    mutray_json_text(json, "source", unit->source);
    mutray_json_text(json, "file", unit->file);
    mutray_json_bool(json, "instrumented", unit->reason == NULL);
    if (unit->reason != NULL) mutray_json_text(json, "reason", unit->reason);
    mutray_json_number(json, "found", unit->found);
    mutray_json_number(json, "named", unit->named);
    mutray_json_number(json, "skipped", unit->skipped);
    mutray_json_open(json, "skips", '[');
    for (size_t i = 0; i < unit->skip_count; i++) {
        mutray_json_open(json, NULL, '{');
        mutray_json_text(json, "place", unit->skips[i].place);
        mutray_json_text(json, "function", unit->skips[i].name);
        mutray_json_text(json, "reason", unit->skips[i].reason);
        mutray_json_close(json, '}');
    }
    mutray_json_close(json, ']');
    mutray_json_close(json, '}');
}

static void write_json(const struct records *records, const struct totals *totals)
{
    struct mutray_json json = {.out = stdout};
    mutray_json_open(&json, NULL, '{');
    mutray_json_open(&json, "units", '[');
    for (size_t i = 0; i < records->count; i++)
        write_unit(&json, &records->units[i]);
    mutray_json_close(&json, ']');
    mutray_json_open(&json, "total", '{');
    mutray_json_number(&json, "instrumented", totals->instrumented);
    mutray_json_number(&json, "plain", totals->plain);
    mutray_json_number(&json, "found", totals->found);
    mutray_json_number(&json, "named", totals->named);
    mutray_json_number(&json, "skipped", totals->skipped);
    mutray_json_close(&json, '}');
    mutray_json_close(&json, '}');
}

int mutray_cmd_status(int argc, char **argv)
{
    int operands = mutray_options_parse("status", mutray_cmd_status_options, MUTRAY_OPERANDS_ANYWHERE, argc, argv);
    struct records records = {0};
    struct stat about;

    if (operands == 0) mutray_die("status: give an object, an archive, a program or a folder");
    for (int i = 1; i <= operands; i++) {
        if (stat(argv[i], &about) == 0 && S_ISDIR(about.st_mode))
            read_folder(argv[i], &records);
        else
            read_file(argv[i], false, &records);
    }
    sort_and_merge(&records);
    struct totals totals = add_up(&records);
    if (want_json)
        write_json(&records, &totals);
    else if (records.count == 0)
        puts("nothing instrumented: no lock is used there, or it was not built with `mutray cc`");
    else
        print_text(&records, &totals);
    return records.count != 0 ? 0 : MUTRAY_EXIT_NO;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* What all views share: which rows, how wide, in colour or not. */
#include "profile/view.h"

#include <regex.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

struct mutray_rows mutray_view_rows(const struct mutray_table *table, const struct mutray_view *view)
{
    const char *key = view->sort != NULL ? view->sort : "wait_total";
    const struct mutray_field *by = mutray_field_find("sort", key, strlen(key));
    struct mutray_rows rows = {mutray_calloc(table->count, sizeof *rows.items), 0, 0};
    regex_t filter;
    if (view->filter != NULL) {
        char why[200];
        int code = regcomp(&filter, view->filter, REG_EXTENDED | REG_NOSUB);
        regerror(code, &filter, why, sizeof why);
        if (code != 0) mutray_die("--filter: '%s' is not an extended regular expression (%s)", view->filter, why);
    }
    for (size_t i = 0; i < table->count; i++) {
        const struct mutray_lock_row *row = table->locks[i];
        if (view->filter != NULL && regexec(&filter, row->name, 0, NULL, 0) != 0 &&
            regexec(&filter, row->shown, 0, NULL, 0) != 0 && regexec(&filter, row->declaration, 0, NULL, 0) != 0) {
            continue;
        }
        rows.items[rows.count++] = row;
    }
    if (view->filter != NULL) regfree(&filter);
    mutray_rows_sort(rows.items, rows.count, table, by);
    if (view->top > 0 && rows.count > view->top) {
        rows.left_out = rows.count - view->top;
        rows.count = view->top;
    }
    return rows;
}

unsigned mutray_view_width(FILE *out)
{
    struct winsize size;
    const char *columns = getenv("COLUMNS");
    if (columns != NULL && atoi(columns) > 0) return (unsigned)atoi(columns);
    if (isatty(fileno(out)) && ioctl(fileno(out), TIOCGWINSZ, &size) == 0) return size.ws_col;
    return 0;
}

bool mutray_view_colour(FILE *out)
{
    const char *no = getenv("NO_COLOR"), *term = getenv("TERM");
    return isatty(fileno(out)) && (no == NULL || no[0] == '\0') && (term == NULL || strcmp(term, "dumb") != 0);
}

void mutray_view_word(const char *text, FILE *out)
{
    for (; *text != '\0'; text++) fputc((unsigned char)*text < ' ' || *text == 127 ? '?' : *text, out);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two runs compared, lock by lock. Locks are matched by declaration and mode as well as by name without the line,
 * because lines move between two versions of a program; a lock that only one side has is compared with nothing.
 */
#include "base/json.h"
#include "profile/compare.h"
#include "profile/names.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct change {
    const struct mutray_lock_row *base, *now; /* one of them may be null */
};

struct diff {
    const struct mutray_table *base, *now;
    const struct mutray_field *by;
    struct change *changes;
    size_t count;
};

/* "cache.c:141:lock" without the line. */
static bool same_place(const char *a, const char *b)
{
    const char *a_variable = mutray_names_variable(a), *b_variable = mutray_names_variable(b);
    size_t a_file = strcspn(a, ":"), b_file = strcspn(b, ":");
    return a_file == b_file && strncmp(a, b, a_file) == 0 && strcmp(a_variable, b_variable) == 0;
}

static bool same_lock(const struct mutray_lock_row *a, const struct mutray_lock_row *b, bool exactly)
{
    if (strcmp(a->declaration, b->declaration) != 0 || strcmp(a->mode, b->mode) != 0) return false;
    return exactly ? strcmp(a->name, b->name) == 0 : same_place(a->name, b->name);
}

/* Exact names first; then by place, for what is left over. */
static void match(struct diff *diff)
{
    bool *used = mutray_calloc(diff->base->count, sizeof *used);
    diff->changes = mutray_calloc(diff->base->count + diff->now->count, sizeof *diff->changes);
    for (size_t i = 0; i < diff->now->count; i++) diff->changes[diff->count++].now = diff->now->locks[i];
    for (int exactly = 1; exactly >= 0; exactly--) {
        for (size_t i = 0; i < diff->now->count; i++) {
            for (size_t j = 0; j < diff->base->count && diff->changes[i].base == NULL; j++) {
                if (used[j] || !same_lock(diff->base->locks[j], diff->now->locks[i], exactly)) continue;
                used[j] = true;
                diff->changes[i].base = diff->base->locks[j];
            }
        }
    }
    for (size_t j = 0; j < diff->base->count; j++) {
        if (!used[j]) diff->changes[diff->count++].base = diff->base->locks[j];
    }
    free(used);
}

static double number_of(const struct mutray_field *field, const struct mutray_lock_row *row,
                        const struct mutray_table *table)
{
    double number = row != NULL ? field->value(row, table).number : 0;
    return isnan(number) ? 0 : number;
}

static double before(const struct diff *diff, const struct mutray_field *field, const struct change *change)
{
    return number_of(field, change->base, diff->base);
}

static double after(const struct diff *diff, const struct mutray_field *field, const struct change *change)
{
    return number_of(field, change->now, diff->now);
}

static const struct mutray_lock_row *row_of(const struct change *change)
{
    return change->now != NULL ? change->now : change->base;
}

static int compare_changes(const void *a, const void *b, void *data)
{
    const struct change *x = a, *y = b;
    const struct diff *diff = data;
    double dx = after(diff, diff->by, x) - before(diff, diff->by, x);
    double dy = after(diff, diff->by, y) - before(diff, diff->by, y);
    if (dx != dy) return dx > dy ? -1 : 1;
    return strcmp(row_of(x)->shown, row_of(y)->shown);
}

/* "+12.0%", "new", "gone", "=" */
static struct mutray_number change_text(double was, double is)
{
    struct mutray_number number;
    if (was == is) {
        strcpy(number.text, "=");
    } else if (was == 0) {
        strcpy(number.text, "new");
    } else if (is == 0) {
        strcpy(number.text, "gone");
    } else {
        double percent = 100 * (is - was) / was;
        snprintf(number.text, sizeof number.text, percent >= 1000 ? "x%.3g" : "%+.1f%%",
                 percent >= 1000 ? is / was : percent);
    }
    return number;
}

static bool is_shown(const struct change *change, const struct mutray_rows *base, const struct mutray_rows *now)
{
    for (size_t i = 0; change->now != NULL && i < now->count; i++) {
        if (now->items[i] == change->now) return true;
    }
    for (size_t i = 0; change->base != NULL && i < base->count; i++) {
        if (base->items[i] == change->base) return true;
    }
    return false;
}

/* The filter, by the same rules as everywhere; then the order and --top. */
static void choose(struct diff *diff, const struct mutray_view *view)
{
    struct mutray_view all = *view;
    all.top = 0;
    struct mutray_rows base = mutray_view_rows(diff->base, &all), now = mutray_view_rows(diff->now, &all);
    size_t kept = 0;
    for (size_t i = 0; i < diff->count; i++) {
        if (is_shown(&diff->changes[i], &base, &now)) diff->changes[kept++] = diff->changes[i];
    }
    diff->count = kept;
    qsort_r(diff->changes, diff->count, sizeof *diff->changes, compare_changes, diff);
    free(base.items);
    free(now.items);
}

static struct mutray_field_list numbers_only(const char *words)
{
    struct mutray_field_list list = mutray_field_list(words);
    size_t kept = 0;
    for (size_t i = 0; i < list.count; i++) {
        if (list.items[i]->unit != MUTRAY_UNIT_TEXT) list.items[kept++] = list.items[i];
    }
    list.count = kept;
    return list;
}

static void print_text(const struct diff *diff, const struct mutray_field_list *fields, size_t top, FILE *out)
{
    size_t width = 4;
    for (size_t i = 0; i < top; i++) {
        size_t length = strlen(row_of(&diff->changes[i])->shown);
        if (length > width) width = length;
    }
    fprintf(out, "%-*s", (int)width, "lock");
    for (size_t f = 0; f < fields->count; f++) fprintf(out, "  %8s  %-8s %9s", "base", fields->items[f]->key, "change");
    fputc('\n', out);
    for (size_t i = 0; i < top; i++) {
        const struct change *change = &diff->changes[i];
        mutray_view_word(row_of(change)->shown, out);
        fprintf(out, "%*s", (int)(width - strlen(row_of(change)->shown)), "");
        for (size_t f = 0; f < fields->count; f++) {
            const struct mutray_field *field = fields->items[f];
            double was = before(diff, field, change), is = after(diff, field, change);
            fprintf(out, "  %8s  %*s %9s", mutray_field_number(field->unit, was).text,
                    (int)(strlen(field->key) > 8 ? strlen(field->key) : 8), mutray_field_number(field->unit, is).text,
                    change_text(was, is).text);
        }
        fputc('\n', out);
    }
    if (diff->count == 0) fputs("No locks in either of the two.\n", out);
    if (top < diff->count) fprintf(out, "(%zu more locks; leave out --top to see them)\n", diff->count - top);
    double was = diff->base->run.duration_ns, is = diff->now->run.duration_ns;
    fprintf(out, "\nrun: base %s, now %s%s\n", mutray_duration(was).text, mutray_duration(is).text,
            fabs(is - was) > 0.1 * was ? "; of different length: --sort run_pct compares shares of the run" : "");
}

static void print_json(const struct diff *diff, const struct mutray_field_list *fields, size_t top, FILE *out)
{
    struct mutray_json json = {.out = out};
    mutray_json_open(&json, NULL, '{');
    mutray_json_text(&json, "mutray", MUTRAY_VERSION);
    mutray_json_number(&json, "base_duration", diff->base->run.duration_ns);
    mutray_json_number(&json, "duration", diff->now->run.duration_ns);
    mutray_json_open(&json, "locks", '[');
    for (size_t i = 0; i < top; i++) {
        const struct change *change = &diff->changes[i];
        mutray_json_open(&json, NULL, '{');
        mutray_json_text(&json, "name", row_of(change)->name);
        mutray_json_text(&json, "declaration", row_of(change)->declaration);
        mutray_json_text(&json, "mode", row_of(change)->mode);
        mutray_json_text(&json, "status", change->base == NULL ? "new" : change->now == NULL ? "gone" : "both");
        for (size_t f = 0; f < fields->count; f++) {
            mutray_json_open(&json, fields->items[f]->key, '{');
            mutray_json_number(&json, "base", before(diff, fields->items[f], change));
            mutray_json_number(&json, "now", after(diff, fields->items[f], change));
            mutray_json_close(&json, '}');
        }
        mutray_json_close(&json, '}');
    }
    mutray_json_close(&json, ']');
    mutray_json_close(&json, '}');
}

static void print_csv(const struct diff *diff, const struct mutray_field_list *fields, size_t top, FILE *out)
{
    fputs("name", out);
    for (size_t f = 0; f < fields->count; f++)
        fprintf(out, ",base_%s,%s", fields->items[f]->key, fields->items[f]->key);
    fputs("\r\n", out);
    for (size_t i = 0; i < top; i++) {
        mutray_view_csv_text(row_of(&diff->changes[i])->shown, out);
        for (size_t f = 0; f < fields->count; f++) {
            fprintf(out, ",%.15g,%.15g", before(diff, fields->items[f], &diff->changes[i]),
                    after(diff, fields->items[f], &diff->changes[i]));
        }
        fputs("\r\n", out);
    }
}

/* "20" or "20,1ms": percent, and the smallest change that counts, as a time, a count or percentage points. */
struct mutray_threshold mutray_threshold_parse(const char *text)
{
    struct mutray_threshold threshold = {.given = text != NULL};
    if (text == NULL) return threshold;
    char *end;
    threshold.percent = strtod(text, &end);
    bool good = end != text && isfinite(threshold.percent) && threshold.percent >= 0;
    if (good && *end == ',') {
        const char *least = end + 1;
        if (mutray_duration_parse(least, &threshold.least) < 0) {
            threshold.least = strtod(least, &end);
            good = end != least && *end == '\0' && threshold.least >= 0;
        }
    } else {
        good &= *end == '\0';
    }
    if (!good) mutray_die("--threshold wants PCT or PCT,LEAST, as in 20 or 20,1ms, not '%s'", text);
    return threshold;
}

static int judge(const struct diff *diff, struct mutray_threshold threshold)
{
    int status = 0;
    for (size_t i = 0; i < diff->count; i++) {
        double was = before(diff, diff->by, &diff->changes[i]), is = after(diff, diff->by, &diff->changes[i]);
        if (is - was <= threshold.least || is <= was * (1 + threshold.percent / 100)) continue;
        mutray_warn("%s: %s went from %s to %s, more than %g %% up", row_of(&diff->changes[i])->shown, diff->by->key,
                    mutray_field_number(diff->by->unit, was).text, mutray_field_number(diff->by->unit, is).text,
                    threshold.percent);
        status = MUTRAY_EXIT_NO;
    }
    return status;
}

int mutray_compare(const struct mutray_table *base, const struct mutray_table *now, const struct mutray_view *view,
                   enum mutray_diff_form form, struct mutray_threshold threshold, FILE *out)
{
    const char *key = view->sort != NULL ? view->sort : "wait_total";
    struct diff diff = {.base = base, .now = now, .by = mutray_field_find("sort", key, strlen(key))};
    if (diff.by->unit == MUTRAY_UNIT_TEXT)
        mutray_die("--diff: --sort %s is not a number; sort by a time or a count", key);
    char *usual = mutray_format("%s%s", key, strcmp(key, "wait_total") == 0 ? ",wait_p99,hold_total" : ",wait_total");
    struct mutray_field_list fields = numbers_only(view->fields != NULL ? view->fields : usual);
    match(&diff);
    choose(&diff, view);
    size_t top = view->top > 0 && view->top < diff.count ? view->top : diff.count;
    (form == MUTRAY_DIFF_JSON  ? print_json
     : form == MUTRAY_DIFF_CSV ? print_csv
                               : print_text)(&diff, &fields, top, out);
    int status = threshold.given ? judge(&diff, threshold) : 0;
    free(usual);
    free(fields.items);
    free(diff.changes);
    return status;
}

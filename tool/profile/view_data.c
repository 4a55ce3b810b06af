/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table for programs: JSON with everything, or the chosen fields as CSV. Numbers are raw: counts, nanoseconds,
 * percent. What the profile does not tell is null in JSON and empty in CSV. The keys are those of fields.def.
 */
#include "profile/view.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static void json_part(struct mutray_json *json, const struct mutray_part *part, const char *first, const char *second)
{
    mutray_json_open(json, NULL, '{');
    mutray_json_text(json, first, part->first);
    if (second != NULL) mutray_json_text(json, second, part->second);
    mutray_json_number(json, "acquisitions", part->acquires);
    mutray_json_number(json, "waits", part->waits);
    mutray_json_number(json, "wait_total", part->wait_ns);
    mutray_json_number(json, "releases", part->releases);
    mutray_json_number(json, "hold_total", part->hold_ns);
    mutray_json_close(json, '}');
}

static void json_parts(struct mutray_json *json, const char *key, const struct mutray_parts *parts, const char *first,
                       const char *second)
{
    mutray_json_open(json, key, '[');
    for (size_t i = 0; i < parts->count; i++) json_part(json, parts->items[i], first, second);
    mutray_json_close(json, ']');
}

/* [lower bound, events, time] for each bucket that has any. */
static void json_spread(struct mutray_json *json, const char *key, const struct mutray_spread *spread)
{
    mutray_json_open(json, key, '[');
    for (int i = 0; i < MUTRAY_BUCKETS; i++) {
        struct mutray_bucket bucket = mutray_spread_bucket(spread, i);
        if (bucket.count <= 0) continue;
        mutray_json_open(json, NULL, '{');
        mutray_json_number(json, "from", i == 0 ? 0 : ldexp(1, i));
        mutray_json_number(json, "count", bucket.count);
        mutray_json_number(json, "total", bucket.total);
        mutray_json_close(json, '}');
    }
    mutray_json_close(json, ']');
}

static void json_lock(struct mutray_json *json, const struct mutray_table *table, const struct mutray_lock_row *row)
{
    mutray_json_open(json, NULL, '{');
    for (size_t i = 0; i < mutray_field_count; i++) {
        const struct mutray_field *field = &mutray_fields[i];
        union mutray_field_value value = field->value(row, table);
        if (field->unit == MUTRAY_UNIT_TEXT) {
            mutray_json_text(json, field->key, value.text);
        } else {
            mutray_json_number(json, field->key, value.number);
        }
    }
    json_spread(json, "wait_buckets", &row->wait);
    json_spread(json, "hold_buckets", &row->hold);
    json_parts(json, "sites", &row->sites, "site", NULL);
    json_parts(json, "blocked", &row->pairs, "waiter", "holder");
    json_parts(json, "by_thread", &row->threads, "name", "id");
    mutray_json_close(json, '}');
}

static void json_run(struct mutray_json *json, const struct mutray_table *table)
{
    const struct mutray_run *run = &table->run;
    mutray_json_open(json, "run", '{');
    mutray_json_text(json, "program", run->program);
    mutray_json_number(json, "duration", run->duration_ns);
    mutray_json_number(json, "files", (double)run->files);
    mutray_json_number(json, "processes", (double)run->processes);
    mutray_json_number(json, "idle_processes", (double)run->idle_processes);
    mutray_json_number(json, "capture_pct", run->capture_max);
    mutray_json_number(json, "wait_period_ns", run->wait_period_ns);
    mutray_json_bool(json, "scaled", run->scaled);
    for (int i = 0; i < MUTRAY_RUN_COUNT; i++) {
        mutray_json_number(json, mutray_run_counter_name(i), run->told ? run->counters[i] : NAN);
    }
    mutray_json_number(json, "malformed", table->malformed);
    mutray_json_close(json, '}');
}

void mutray_view_json_members(struct mutray_json *json, const struct mutray_table *table,
                              const struct mutray_rows *rows)
{
    json_run(json, table);
    mutray_json_open(json, "locks", '[');
    for (size_t i = 0; i < rows->count; i++) json_lock(json, table, rows->items[i]);
    mutray_json_close(json, ']');
}

void mutray_view_json(const struct mutray_table *table, const struct mutray_view *view, FILE *out)
{
    struct mutray_rows rows = mutray_view_rows(table, view);
    struct mutray_json json = {.out = out};
    mutray_json_open(&json, NULL, '{');
    mutray_json_text(&json, "mutray", MUTRAY_VERSION);
    mutray_view_json_members(&json, table, &rows);
    mutray_json_close(&json, '}');
    free(rows.items);
}

/* RFC 4180; and a spreadsheet must not take a name for a formula. */
void mutray_view_csv_text(const char *text, FILE *out)
{
    fputc('"', out);
    if (text[0] != '\0' && strchr("=+-@", text[0]) != NULL) fputc('\'', out);
    for (; *text != '\0'; text++) {
        if (*text == '"') fputc('"', out);
        fputc((unsigned char)*text < ' ' ? '?' : *text, out);
    }
    fputc('"', out);
}

void mutray_view_csv(const struct mutray_table *table, const struct mutray_view *view, FILE *out)
{
    struct mutray_rows rows = mutray_view_rows(table, view);
    struct mutray_field_list fields = mutray_field_list(view->fields != NULL ? view->fields : "all");
    for (size_t i = 0; i < fields.count; i++) fprintf(out, "%s%s", i > 0 ? "," : "", fields.items[i]->key);
    fputs("\r\n", out);
    for (size_t r = 0; r < rows.count; r++) {
        for (size_t i = 0; i < fields.count; i++) {
            union mutray_field_value value = fields.items[i]->value(rows.items[r], table);
            if (i > 0) fputc(',', out);
            if (fields.items[i]->unit == MUTRAY_UNIT_TEXT) {
                mutray_view_csv_text(value.text, out);
            } else if (!isnan(value.number)) {
                fprintf(out, "%.15g", value.number);
            }
        }
        fputs("\r\n", out);
    }
    free(fields.items);
    free(rows.items);
}

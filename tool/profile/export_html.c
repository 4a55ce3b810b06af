/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The page: one file that needs nothing else, to look at and to send to colleagues. It is put together at build time
 * from html/ (page.html, style.css and the scripts) and ends up here as two texts; the profile goes between them as
 * JSON, which the scripts read. The browser does all the drawing. No name in a profile can become part of the page:
 * the JSON has no '<' in it, and the scripts set text, never markup.
 */
#include "profile/export_html.h"
#include "base/json.h"
#include "profile/export.h"

#include "page.h" /* made by html/embed.cmake: mutray_page_head, mutray_page_tail */

#include <stdlib.h>
#include <string.h>

static void write_fields(struct mutray_json *json)
{
    static const char *const units[] = {
        [MUTRAY_UNIT_TEXT] = "text",
        [MUTRAY_UNIT_COUNT] = "count",
        [MUTRAY_UNIT_PERCENT] = "percent",
        [MUTRAY_UNIT_TIME] = "time",
    };
    mutray_json_open(json, "fields", '[');
    for (size_t i = 0; i < mutray_field_count; i++) {
        const struct mutray_field *field = &mutray_fields[i];
        mutray_json_open(json, NULL, '{');
        mutray_json_text(json, "key", field->key);
        mutray_json_text(json, "group", field->group);
        mutray_json_text(json, "title", field->title);
        mutray_json_text(json, "unit", units[field->unit]);
        mutray_json_bool(json, "usual", field->keep > 0);
        mutray_json_text(json, "meaning", field->meaning);
        mutray_json_close(json, '}');
    }
    mutray_json_close(json, ']');
}

/* What people are shown as the name of each lock, in the order of "locks". */
static void write_names(struct mutray_json *json, const struct mutray_rows *rows)
{
    mutray_json_open(json, "shown", '[');
    for (size_t i = 0; i < rows->count; i++) mutray_json_text(json, NULL, rows->items[i]->shown);
    mutray_json_close(json, ']');
}

/* What was lost, in words; the numbers are in "run". */
static void write_losses(struct mutray_json *json)
{
    mutray_json_open(json, "losses", '{');
    for (int i = MUTRAY_RUN_locks + 1; i < MUTRAY_RUN_COUNT; i++) {
        mutray_json_text(json, mutray_run_counter_name(i), mutray_run_counter_meaning(i));
    }
    mutray_json_close(json, '}');
}

static void write_frames(struct mutray_json *json, const struct mutray_stacks *stacks)
{
    mutray_json_open(json, "frames", '[');
    for (size_t i = 0; i < stacks->frame_count; i++) {
        const struct mutray_stack_frame *frame = &stacks->frames[i];
        mutray_json_open(json, NULL, '[');
        mutray_json_text(json, NULL, frame->name);
        mutray_json_text(json, NULL, frame->file);
        mutray_json_number(json, NULL, (double)frame->line);
        mutray_json_close(json, ']');
    }
    mutray_json_close(json, ']');
}

/* [wait, acquire, hold, release, lock, frame, ...], outermost frame first, without the lock's own. */
static void write_stacks(struct mutray_json *json, const struct mutray_stacks *stacks)
{
    mutray_json_open(json, "stacks", '[');
    for (size_t i = 0; i < stacks->count; i++) {
        const struct mutray_stack *stack = stacks->stacks[i];
        mutray_json_open(json, NULL, '[');
        for (int value = 0; value < MUTRAY_VALUE_COUNT; value++) mutray_json_number(json, NULL, stack->values[value]);
        mutray_json_number(json, NULL, (double)stacks->frames[stack->frames[stack->count - 1]].row);
        for (size_t j = 0; j + 1 < stack->count; j++) mutray_json_number(json, NULL, stack->frames[j]);
        mutray_json_close(json, ']');
    }
    mutray_json_close(json, ']');
}

void mutray_export_html(const struct mutray_stacks *stacks, const char *source, FILE *out)
{
    struct mutray_json json = {.out = out, .in_page = true};
    fwrite(mutray_page_head, 1, mutray_page_head_size, out);
    mutray_json_open(&json, NULL, '{');
    mutray_json_text(&json, "mutray", MUTRAY_VERSION);
    mutray_view_json_members(&json, stacks->table, &stacks->rows);
    mutray_json_number(&json, "start_ms", (double)(stacks->table->run.start_ns / 1000000));
    write_losses(&json);
    write_fields(&json);
    write_names(&json, &stacks->rows);
    write_frames(&json, stacks);
    write_stacks(&json, stacks);
    mutray_html_intervals(&json, stacks);
    if (source != NULL) mutray_html_sources(&json, stacks, source);
    mutray_json_close(&json, '}');
    fwrite(mutray_page_tail, 1, mutray_page_tail_size, out);
}

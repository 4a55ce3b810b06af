/* SPDX-License-Identifier: Apache-2.0 */
/* Folded stacks and speedscope: both are text, one line a stack in the first, one array a stack in the second. */
#include "base/json.h"
#include "profile/export.h"

/* A frame's name without what separates frames and lines. */
static void print_folded_name(const char *name, FILE *out)
{
    for (; *name != '\0'; name++) fputc(*name == ';' ? ':' : (unsigned char)*name < ' ' ? '?' : *name, out);
}

void mutray_export_folded(const struct mutray_stacks *stacks, enum mutray_value value, FILE *out)
{
    for (size_t i = 0; i < stacks->count; i++) {
        const struct mutray_stack *stack = stacks->stacks[i];
        if (stack->values[value] <= 0) continue;
        for (size_t j = 0; j < stack->count; j++) {
            if (j > 0) fputc(';', out);
            print_folded_name(stacks->frames[stack->frames[j]].name, out);
        }
        fprintf(out, " %.0f\n", stack->values[value]);
    }
}

static void speedscope_profile(struct mutray_json *json, const struct mutray_stacks *stacks, enum mutray_value value)
{
    double total = 0;
    for (size_t i = 0; i < stacks->count; i++) total += stacks->stacks[i]->values[value];
    if (total <= 0) return;
    bool is_time = value == MUTRAY_VALUE_wait || value == MUTRAY_VALUE_hold;
    mutray_json_open(json, NULL, '{');
    mutray_json_text(json, "type", "sampled");
    mutray_json_text(json, "name", mutray_value_type(value));
    mutray_json_text(json, "unit", is_time ? "nanoseconds" : "none");
    mutray_json_number(json, "startValue", 0);
    mutray_json_number(json, "endValue", total);
    mutray_json_open(json, "samples", '[');
    for (size_t i = 0; i < stacks->count; i++) {
        const struct mutray_stack *stack = stacks->stacks[i];
        if (stack->values[value] <= 0) continue;
        mutray_json_open(json, NULL, '[');
        for (size_t j = 0; j < stack->count; j++) mutray_json_number(json, NULL, stack->frames[j]);
        mutray_json_close(json, ']');
    }
    mutray_json_close(json, ']');
    mutray_json_open(json, "weights", '[');
    for (size_t i = 0; i < stacks->count; i++) {
        if (stacks->stacks[i]->values[value] > 0) mutray_json_number(json, NULL, stacks->stacks[i]->values[value]);
    }
    mutray_json_close(json, ']');
    mutray_json_close(json, '}');
}

void mutray_export_speedscope(const struct mutray_stacks *stacks, FILE *out)
{
    struct mutray_json json = {.out = out};
    const char *program = stacks->table->run.program;
    mutray_json_open(&json, NULL, '{');
    mutray_json_text(&json, "$schema", "https://www.speedscope.app/file-format-schema.json");
    mutray_json_text(&json, "exporter", "mutray " MUTRAY_VERSION);
    mutray_json_text(&json, "name", program[0] != '\0' ? program : "locks");
    mutray_json_open(&json, "shared", '{');
    mutray_json_open(&json, "frames", '[');
    for (size_t i = 0; i < stacks->frame_count; i++) {
        const struct mutray_stack_frame *frame = &stacks->frames[i];
        mutray_json_open(&json, NULL, '{');
        mutray_json_text(&json, "name", frame->name);
        if (frame->lock == NULL) {
            mutray_json_text(&json, "file", frame->file);
            mutray_json_number(&json, "line", (double)frame->line);
        }
        mutray_json_close(&json, '}');
    }
    mutray_json_close(&json, ']');
    mutray_json_close(&json, '}');
    mutray_json_open(&json, "profiles", '[');
    for (int value = 0; value < MUTRAY_VALUE_COUNT; value++) speedscope_profile(&json, stacks, value);
    mutray_json_close(&json, ']');
    mutray_json_close(&json, '}');
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The timeline. A process writes one file a period, so each file is an interval, and the locks' numbers in it are those
 * of the interval. Files without any sample of a lock stay in the list: nothing happened is something to see.
 */
#include "profile/export_html.h"
#include "profile/run.h"

#include <stdlib.h>
#include <string.h>

typedef double sums[MUTRAY_VALUE_COUNT];

static void add_sample(const struct mutray_lock_sample *sample, size_t row, void *context)
{
    sums *by_row = context;
    for (int value = 0; value < MUTRAY_VALUE_COUNT; value++) {
        if (sample->values[value] > 0) by_row[row][value] += (double)sample->values[value];
    }
}

static bool is_empty(const double *values)
{
    for (int value = 0; value < MUTRAY_VALUE_COUNT; value++) {
        if (values[value] > 0) return false;
    }
    return true;
}

/* `start` counts from the run's, in nanoseconds. "locks": [lock, wait, acquire, hold, release] */
static void write_interval(struct mutray_json *json, const struct mutray_stacks *stacks,
                           const struct mutray_profile *profile, const sums *by_row)
{
    char process[24];
    mutray_run_process(profile, process, sizeof process);
    mutray_json_open(json, NULL, '{');
    mutray_json_text(json, "process", process);
    mutray_json_number(json, "start", (double)mutray_profile_time_nanos(profile) - (double)stacks->table->run.start_ns);
    mutray_json_number(json, "duration", (double)mutray_profile_duration_nanos(profile));
    mutray_json_open(json, "locks", '[');
    for (size_t row = 0; row < stacks->rows.count; row++) {
        if (is_empty(by_row[row])) continue;
        mutray_json_open(json, NULL, '[');
        mutray_json_number(json, NULL, (double)row);
        for (int value = 0; value < MUTRAY_VALUE_COUNT; value++) mutray_json_number(json, NULL, by_row[row][value]);
        mutray_json_close(json, ']');
    }
    mutray_json_close(json, ']');
    mutray_json_close(json, '}');
}

void mutray_html_intervals(struct mutray_json *json, const struct mutray_stacks *stacks)
{
    sums *by_row = mutray_calloc(stacks->rows.count, sizeof *by_row);
    mutray_json_open(json, "intervals", '[');
    for (size_t file = 0; file < stacks->file_count; file++) {
        memset(by_row, 0, stacks->rows.count * sizeof *by_row);
        mutray_stacks_visit(stacks, file, add_sample, by_row);
        write_interval(json, stacks, mutray_stacks_file(stacks, file), (const sums *)by_row);
    }
    mutray_json_close(json, ']');
    free(by_row);
}

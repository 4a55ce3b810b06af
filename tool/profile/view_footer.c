/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What stands below the table: how long, how many threads, how it was sampled, and everything that is not in the
 * numbers. And what stands in its place when it is empty: an empty table is the most frequent complaint about tools
 * like this one, so each reason for it is told apart and comes with the next step.
 */
#include "profile/names.h"
#include "profile/view.h"

#include <math.h>

static const char *plural(double count)
{
    return count == 1 ? "" : "s";
}

static void print_run(const struct mutray_run *run, FILE *out)
{
    double threads = run->counters[MUTRAY_RUN_threads];
    fputs("run: ", out);
    if (run->program[0] != '\0') {
        mutray_view_word(run->program, out);
        fputs(", ", out);
    }
    fprintf(out, "%s", run->duration_ns > 0 ? mutray_duration(run->duration_ns).text : "time not told");
    if (run->told) fprintf(out, ", %.0f thread%s", threads, plural(threads));
    if (run->processes > 1) fprintf(out, " in %zu processes", run->processes);
    fprintf(out, ", %zu file%s", run->files, plural((double)run->files));
    if (run->idle_processes > 0) {
        fprintf(out, " (and %zu process%s without instrumented code)", run->idle_processes,
                run->idle_processes == 1 ? "" : "es");
    }
    fputc('\n', out);
}

static void print_sampling(const struct mutray_table *table, FILE *out)
{
    const struct mutray_run *run = &table->run;
    if (!run->told) {
        fputs("sampling: not told; the numbers are of what was sampled", out);
        fputs(table->buckets ? "\n" : ", waits of contended acquires are not told apart\n", out);
        return;
    }
    fputs("sampling: ", out);
    if (isnan(run->capture_min)) {
        fputs("rate not told", out);
    } else if (run->capture_min < run->capture_max) {
        fprintf(out, "%g to %g %% of acquires and holds", run->capture_min, run->capture_max);
    } else if (run->capture_min >= 100) {
        fputs("every acquire and hold", out);
    } else {
        fprintf(out, "%g %% of acquires and holds", run->capture_min);
    }
    if (run->wait_period_ns > 0) {
        fprintf(out, ", every wait from %s on and shorter ones in proportion",
                mutray_duration(run->wait_period_ns).text);
    } else if (run->wait_period_ns == 0) {
        fputs(", every wait", out);
    }
    bool sampled = run->capture_min < 100 || run->wait_period_ns > 0;
    fputs(!sampled ? "\n" : run->scaled ? "; scaled up to totals\n" : "; not scaled up\n", out);
}

/* Names that could not be had, and events that are not in the numbers. */
static void print_losses(const struct mutray_table *table, FILE *out)
{
    double unnamed = 0;
    for (size_t i = 0; i < table->count; i++) unnamed += mutray_names_unknown(table->locks[i]);
    if (unnamed > 0) {
        fprintf(out, "unnamed: %.0f lock%s whose creation was not seen (unknown:0:...)\n", unnamed, plural(unnamed));
    }
    for (int i = MUTRAY_RUN_locks + 1; i < MUTRAY_RUN_COUNT; i++) {
        double lost = table->run.counters[i];
        if (lost > 0)
            fprintf(out, "lost or folded: %s %s\n", mutray_quantity(lost).text, mutray_run_counter_meaning(i));
    }
    if (table->malformed > 0) {
        fprintf(out, "left out: %s sample%s with negative values\n", mutray_quantity(table->malformed).text,
                plural(table->malformed));
    }
}

void mutray_view_footer(const struct mutray_table *table, const struct mutray_rows *rows, FILE *out)
{
    if (rows->left_out > 0) fprintf(out, "(%zu more locks; leave out --top to see them)\n", rows->left_out);
    fputc('\n', out);
    print_run(&table->run, out);
    print_sampling(table, out);
    print_losses(table, out);
}

void mutray_view_empty(const struct mutray_table *table, const struct mutray_view *view, FILE *out)
{
    const struct mutray_run *run = &table->run;
    if (table->count > 0) {
        fprintf(out, "No lock matches --filter '%s'; without it there %s %zu.\n", view->filter,
                table->count == 1 ? "is" : "are", table->count);
        return;
    }
    fputs("No locks: ", out);
    if (!run->told) {
        fputs("the file has no samples of locks. Was the lock profiler on, and was any lock used?\n", out);
    } else if (run->counters[MUTRAY_RUN_units_refused] > 0) {
        fputs("the program was instrumented by another version of mutray than its runtime. Build it again.\n", out);
    } else if (run->counters[MUTRAY_RUN_sites] == 0) {
        fputs("nothing in the program is instrumented. Build it with `mutray cc -- gcc ...` as the compiler;\n"
              "`mutray status PROGRAM` shows what is instrumented and why not.\n",
              out);
    } else if (run->capture_max <= 0) {
        fprintf(out,
                "%.0f instrumented calls, none waited, and DD_PROFILING_CAPTURE_PCT=0 leaves out what did not wait.\n",
                run->counters[MUTRAY_RUN_sites]);
    } else if (run->counters[MUTRAY_RUN_threads] == 0) {
        fprintf(out, "of %.0f instrumented calls none was made. Did the program do any work?\n",
                run->counters[MUTRAY_RUN_sites]);
    } else {
        fprintf(out,
                "%.0f instrumented calls, none waited, and none was among the sampled %g %%.\n"
                "Run it longer, or with `mutray run --pct 100`, which records every one.\n",
                run->counters[MUTRAY_RUN_sites], run->capture_max);
    }
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The run behind the files. A process writes one file a period, and each repeats the counters since the process began:
 * of one process the largest value counts, of several the sum. The time of the run is what the files' spans cover
 * together, so neither processes side by side nor a pause between two runs is counted twice or at all. Files of
 * processes without any instrumented code (the shell that started the program, with the runtime preloaded) say nothing
 * about the run, and are left out where there are others.
 */
#include "profile/run.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uthash.h>

struct process {
    char id[24];
    double counters[MUTRAY_RUN_COUNT];
    size_t files;
    bool idle; /* no instrumented code, no samples */
    UT_hash_handle hh;
};

struct span {
    int64_t start, end;
    const struct process *process;
};

struct mutray_run_work {
    struct process *processes;
    struct span *spans;
    size_t span_count, span_capacity;
    bool told, unscaled;
    double capture_min, capture_max, wait_period_ns;
    char *program;
};

static const struct {
    const char *name, *meaning;
} counters[MUTRAY_RUN_COUNT] = {
#define X(name, meaning) {#name, meaning},
    MUTRAY_RUN_COUNTERS(X) MUTRAY__LOSSES(X)
#undef X
};

const char *mutray_run_counter_name(enum mutray_run_counter counter)
{
    return counters[counter].name;
}

const char *mutray_run_counter_meaning(enum mutray_run_counter counter)
{
    return counters[counter].meaning;
}

struct mutray_run_work *mutray_run_new(void)
{
    struct mutray_run_work *work = mutray_calloc(1, sizeof *work);
    work->capture_min = work->capture_max = work->wait_period_ns = NAN;
    return work;
}

const char *mutray_run_fact(const struct mutray_profile *profile, const char *key)
{
    size_t length = strlen(key);
    for (size_t i = 0; i < mutray_profile_comment_count(profile); i++) {
        const char *text = mutray_profile_comment(profile, i);
        if (strncmp(text, "mutray.", 7) == 0 && strncmp(text + 7, key, length) == 0 && text[7 + length] == '=') {
            return text + 7 + length + 1;
        }
    }
    return NULL;
}

/* NAN where it is not there or not a number that can be. */
static double find_number(const struct mutray_profile *profile, const char *key)
{
    const char *text = mutray_run_fact(profile, key);
    char *end;
    if (text == NULL) return NAN;
    double number = strtod(text, &end);
    return end != text && *end == '\0' && isfinite(number) && number >= 0 ? number : NAN;
}

void mutray_run_process(const struct mutray_profile *profile, char *ret_process, size_t size)
{
    const char *id = mutray_run_fact(profile, "pid");
    snprintf(ret_process, size, "%s", id != NULL ? id : "?");
}

static struct process *process_of(struct mutray_run_work *work, const struct mutray_profile *profile)
{
    struct process *fresh = mutray_calloc(1, sizeof *fresh);
    struct process *found;
    mutray_run_process(profile, fresh->id, sizeof fresh->id);
    fresh->idle = true;
    HASH_FIND_STR(work->processes, fresh->id, found);
    if (found != NULL) {
        free(fresh);
        return found;
    }
    HASH_ADD_STR(work->processes, id, fresh);
    return fresh;
}

static void note_program(struct mutray_run_work *work, const char *path)
{
    if (path == NULL) return;
    const char *slash = strrchr(path, '/');
    const char *name = slash != NULL ? slash + 1 : path;
    if (work->program == NULL) {
        work->program = mutray_strdup(name);
    } else if (strcmp(work->program, name) != 0) {
        free(work->program);
        work->program = mutray_strdup("several programs");
    }
}

void mutray_run_add(struct mutray_run_work *work, const struct mutray_profile *profile, bool has_samples)
{
    struct process *process = process_of(work, profile);
    bool idle = !has_samples && mutray_run_fact(profile, "version") != NULL && find_number(profile, "sites") == 0 &&
                !(find_number(profile, "units_refused") > 0);
    const char *upscale = mutray_run_fact(profile, "upscale");
    double capture = find_number(profile, "capture_pct"), period = find_number(profile, "wait_period_ns");
    int64_t start = mutray_profile_time_nanos(profile), end;
    process->files++;
    process->idle &= idle;
    work->told |= mutray_run_fact(profile, "version") != NULL;
    work->unscaled |= !idle && (upscale == NULL || strcmp(upscale, "0") == 0 || strcmp(upscale, "false") == 0);
    if (!idle) note_program(work, mutray_run_fact(profile, "program"));
    work->capture_min = fmin(work->capture_min, capture); /* fmin and fmax prefer a number to NAN */
    work->capture_max = fmax(work->capture_max, capture);
    work->wait_period_ns = fmax(work->wait_period_ns, period);
    for (int i = 0; i < MUTRAY_RUN_COUNT; i++) {
        process->counters[i] = fmax(process->counters[i], find_number(profile, counters[i].name));
    }
    if (!__builtin_add_overflow(start, mutray_profile_duration_nanos(profile), &end)) {
        work->spans = mutray_grow(work->spans, work->span_count, &work->span_capacity, sizeof *work->spans);
        work->spans[work->span_count++] = (struct span){start, end, process};
    }
}

static int compare_spans(const void *a, const void *b)
{
    const struct span *x = a, *y = b;
    return (x->start > y->start) - (x->start < y->start);
}

static bool is_left_out(const struct process *process, bool any_busy)
{
    return process->idle && any_busy;
}

/* The spans are in order. */
static double covered(const struct span *spans, size_t count, bool any_busy)
{
    double total = 0;
    int64_t until = INT64_MIN;
    for (size_t i = 0; i < count; i++) {
        if (is_left_out(spans[i].process, any_busy)) continue;
        int64_t start = spans[i].start > until ? spans[i].start : until;
        if (spans[i].end <= start) continue;
        total += (double)((uint64_t)spans[i].end - (uint64_t)start);
        until = spans[i].end;
    }
    return total;
}

void mutray_run_finish(struct mutray_run_work *work, struct mutray_run *ret_run)
{
    bool any_busy = false;
    for (struct process *process = work->processes; process != NULL; process = process->hh.next)
        any_busy |= !process->idle;
    if (work->span_count > 0) qsort(work->spans, work->span_count, sizeof *work->spans, compare_spans);
    *ret_run = (struct mutray_run){
        .told = work->told,
        .scaled = work->told && !work->unscaled,
        .capture_min = work->capture_min,
        .capture_max = work->capture_max,
        .wait_period_ns = work->wait_period_ns,
        .duration_ns = covered(work->spans, work->span_count, any_busy),
        .start_ns = work->span_count > 0 ? work->spans[0].start : 0,
        .program = mutray_strdup(work->program != NULL ? work->program : ""),
    };
    for (struct process *process = work->processes; process != NULL; process = process->hh.next) {
        if (is_left_out(process, any_busy)) {
            ret_run->idle_processes++;
            continue;
        }
        ret_run->processes++;
        ret_run->files += process->files;
        for (int i = 0; i < MUTRAY_RUN_COUNT; i++) ret_run->counters[i] += process->counters[i];
    }
}

void mutray_run_free(struct mutray_run_work *work)
{
    struct process *process, *next;
    HASH_ITER (hh, work->processes, process, next) {
        HASH_DEL(work->processes, process);
        free(process);
    }
    free(work->spans);
    free(work->program);
    free(work);
}

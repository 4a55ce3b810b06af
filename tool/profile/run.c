/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The run behind the files. A process writes one file a period, and each repeats the counters since the process began: of
 * one process the largest value counts, of several the sum. The time of the run is what the files' spans cover together,
 * so neither processes side by side nor a pause between two runs is counted twice or at all.
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
    UT_hash_handle hh;
};

struct span {
    int64_t start, end;
};

struct mutray_run_work {
    struct process *processes;
    struct span *spans;
    size_t span_count, span_capacity;
    size_t files;
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

/* The value of comment "mutray.KEY=VALUE", or null. */
static const char *find_comment(const struct mutray_profile *profile, const char *key)
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
    const char *text = find_comment(profile, key);
    char *end;
    if (text == NULL) return NAN;
    double number = strtod(text, &end);
    return end != text && *end == '\0' && isfinite(number) && number >= 0 ? number : NAN;
}

static struct process *process_of(struct mutray_run_work *work, const struct mutray_profile *profile)
{
    const char *id = find_comment(profile, "pid");
    struct process *fresh = mutray_calloc(1, sizeof *fresh);
    struct process *found;
    strncpy(fresh->id, id != NULL ? id : "?", sizeof fresh->id - 1);
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

void mutray_run_add(struct mutray_run_work *work, const struct mutray_profile *profile, char *ret_process, size_t size)
{
    struct process *process = process_of(work, profile);
    const char *upscale = find_comment(profile, "upscale");
    double capture = find_number(profile, "capture_pct"), period = find_number(profile, "wait_period_ns");
    int64_t start = mutray_profile_time_nanos(profile), end;
    work->files++;
    work->told |= find_comment(profile, "version") != NULL;
    work->unscaled |= upscale == NULL || strcmp(upscale, "0") == 0 || strcmp(upscale, "false") == 0;
    note_program(work, find_comment(profile, "program"));
    work->capture_min = fmin(work->capture_min, capture); /* fmin and fmax prefer a number to NAN */
    work->capture_max = fmax(work->capture_max, capture);
    work->wait_period_ns = fmax(work->wait_period_ns, period);
    for (int i = 0; i < MUTRAY_RUN_COUNT; i++) {
        process->counters[i] = fmax(process->counters[i], find_number(profile, counters[i].name));
    }
    if (!__builtin_add_overflow(start, mutray_profile_duration_nanos(profile), &end)) {
        work->spans = mutray_grow(work->spans, work->span_count, &work->span_capacity, sizeof *work->spans);
        work->spans[work->span_count++] = (struct span){start, end};
    }
    snprintf(ret_process, size, "%s", process->id);
}

static int compare_spans(const void *a, const void *b)
{
    const struct span *x = a, *y = b;
    return (x->start > y->start) - (x->start < y->start);
}

static double covered(struct span *spans, size_t count)
{
    double total = 0;
    int64_t until = INT64_MIN;
    if (count > 0) qsort(spans, count, sizeof *spans, compare_spans);
    for (size_t i = 0; i < count; i++) {
        int64_t start = spans[i].start > until ? spans[i].start : until;
        if (spans[i].end <= start) continue;
        total += (double)((uint64_t)spans[i].end - (uint64_t)start);
        until = spans[i].end;
    }
    return total;
}

void mutray_run_finish(struct mutray_run_work *work, struct mutray_run *ret_run)
{
    double duration_ns = covered(work->spans, work->span_count);
    *ret_run = (struct mutray_run){
        .told = work->told,
        .scaled = work->told && !work->unscaled,
        .capture_min = work->capture_min,
        .capture_max = work->capture_max,
        .wait_period_ns = work->wait_period_ns,
        .duration_ns = duration_ns,
        .start_ns = work->span_count > 0 ? work->spans[0].start : 0, /* sorted by covered() */
        .files = work->files,
        .processes = HASH_COUNT(work->processes),
        .program = mutray_strdup(work->program != NULL ? work->program : ""),
    };
    for (struct process *process = work->processes; process != NULL; process = process->hh.next) {
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

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Running clang's jobs.
 *
 * clang has nothing like gcc's -wrapper, but -### prints the commands that it would run. They are run here, each
 * through mutray-stage, the way clang would: a failed job takes those with it that need its output, and no others; the
 * first failure gives the exit status; what went through a temporary file is removed.
 */
#include "drive.h"

#include "base/say.h"
#include "link.h"
#include "process.h"
#include "response.h"
#include "scratch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

struct job {
    struct words argv;
    const char *output;
    bool failed;
};

struct jobs {
    struct job *at;
    size_t count, room;
};

static const char *output_of(const struct words *argv)
{
    for (size_t i = 0; i + 1 < argv->count; i++)
        if (strcmp(argv->at[i], "-o") == 0) return argv->at[i + 1];
    return NULL;
}

/* A job is a line of quoted words after a space. Everything else but clang's introduction is a diagnostic, to be shown.
 */
static void read_line(struct jobs *jobs, const char *line)
{
    if (strstr(line, ": warning: ") != NULL || strstr(line, ": note: ") != NULL) fprintf(stderr, "%s\n", line);
    if (strncmp(line, " \"", 2) != 0) return;
    jobs->at = mutray_grow(jobs->at, jobs->count, &jobs->room, sizeof *jobs->at);
    struct job *job = &jobs->at[jobs->count++];
    *job = (struct job){0};
    response_split(line, &job->argv);
    job->output = output_of(&job->argv);
}

/* Asks clang. What it refuses, or does in a way of its own, it shall do itself. */
static void get_jobs(char *const *argv, struct jobs *ret_jobs)
{
    struct words ask = {0};
    struct bytes said = {0};
    int status;

    words_add_all(&ask, argv);
    words_insert(&ask, 1, "-###");
    if (isatty(STDERR_FILENO)) words_insert(&ask, 1, "-fcolor-diagnostics"); /* as it would choose for itself */
    if (scratch_create() != 0) process_become_or_die(argv);
    struct process_setup setup = {.output = "/dev/null", .errors = scratch_path(SCRATCH_WORDS)};
    if (process_run(ask.at, &setup, &status) != 0 || !process_succeeded(status)) process_become_or_die(argv);
    bytes_read_file(&said, scratch_path(SCRATCH_WORDS));
    scratch_remove();
    if (said.size == 0 || strstr(said.at, "error: ") != NULL) process_become_or_die(argv);
    for (char *line = strtok(said.at, "\n"); line != NULL; line = strtok(NULL, "\n"))
        read_line(ret_jobs, line);
    if (ret_jobs->count == 0) process_become_or_die(argv);
}

static bool needs_failed(const struct jobs *jobs, size_t index)
{
    for (size_t i = 0; i < index; i++)
        if (jobs->at[i].failed && jobs->at[i].output && words_have(jobs->at[index].argv.at, jobs->at[i].output))
            return true;
    return false;
}

static bool is_temporary(const struct jobs *jobs, size_t index)
{
    const char *folder = getenv("TMPDIR"), *output = jobs->at[index].output;
    if (folder == NULL || *folder == 0) folder = "/tmp";
    if (output == NULL || !starts_with(output, mutray_format("%s/", folder))) return false;
    for (size_t i = index + 1; i < jobs->count; i++)
        if (words_have(jobs->at[i].argv.at, output)) return true;
    return false;
}

/* The driver's own sentence about a linker that failed, from the driver: its name, colours and wording are its own. */
static void let_driver_complain(const char *driver)
{
    char *const argv[] = {(char *)driver, (char *)"--ld-path=/bin/false", (char *)"-lc", NULL};
    int status;
    process_run(argv, NULL, &status);
}

void jobs_run(char *const *argv, const char *stage, const char *key)
{
    struct jobs jobs = {0};
    int result = 0;

    get_jobs(argv, &jobs);
    for (size_t i = 0; i < jobs.count; i++) {
        struct job *job = &jobs.at[i];
        int status;
        if (needs_failed(&jobs, i)) {
            job->failed = true;
            continue;
        }
        words_insert(&job->argv, 0, key);
        words_insert(&job->argv, 0, stage);
        int error = process_run(job->argv.at, NULL, &status);
        if (error) mutray_die("cannot run %s: %s", stage, strerror(-error));
        job->failed = !process_succeeded(status);
        if (!job->failed) continue;
        if (result == 0) result = status;
        if (link_is_linker(base_name(job->argv.at[2]))) let_driver_complain(argv[0]);
    }
    for (size_t i = 0; i < jobs.count; i++)
        if (is_temporary(&jobs, i)) unlink(jobs.at[i].output);
    process_end_like(result);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The end of a run: flush the profile and have it judged.
 *
 * Judging is the work of another, uninstrumented program beside this one, `stress_verify`, which gets the account of
 * what was done and the profiles of this process. Its exit status becomes ours.
 */
#include "stress.h"

#include <errno.h>
#include <glob.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define MOST_WORDS 4096

extern char **environ;

/* The profiler's, where there is one. */
extern int mutray_flush(void) __attribute__((weak));

/* Where the verifier is: in the folder of this program. */
static int find_verifier(char *ret_path, size_t size)
{
    ssize_t length = readlink("/proc/self/exe", ret_path, size - 1);
    char *slash;

    if (length < 0) return -errno;
    ret_path[length] = '\0';
    slash = strrchr(ret_path, '/');
    if (slash == NULL || (size_t)(slash - ret_path) + sizeof("/stress_verify") > size) return -ENAMETOOLONG;
    strcpy(slash, "/stress_verify");
    return 0;
}

static int run_and_wait(char **words)
{
    pid_t child;
    int status, error = posix_spawn(&child, words[0], NULL, NULL, words, environ);

    if (error != 0) {
        fprintf(stderr, "cannot run %s: %s\n", words[0], strerror(error));
        return 1;
    }
    while (waitpid(child, &status, 0) < 0) {
        if (errno != EINTR) return 1;
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

/* stress_verify [--diagnose] [--assert] [--undelivered REASON] ACCOUNT PROFILE… */
static int judge(const struct stress_suite *suite, const struct stress_options *options, const char *account,
                 const char *undelivered)
{
    char verifier[4096], pattern[4096], *words[MOST_WORDS];
    glob_t profiles = {.gl_pathc = 0};
    size_t count = 0;
    int status;

    if (find_verifier(verifier, sizeof(verifier)) != 0) return 1;
    snprintf(pattern, sizeof(pattern), "%s.%ld.*.pprof", getenv("DD_PROFILING_OUTPUT_PPROF"), (long)getpid());
    glob(pattern, 0, NULL, &profiles);
    words[count++] = verifier;
    if (suite->local_files) words[count++] = (char *)"--diagnose";
    if (options->verify) words[count++] = (char *)"--assert";
    if (undelivered != NULL) {
        words[count++] = (char *)"--undelivered";
        words[count++] = (char *)undelivered;
    }
    words[count++] = (char *)account;
    for (size_t i = 0; i < profiles.gl_pathc && count < MOST_WORDS - 1; i++) {
        words[count++] = profiles.gl_pathv[i];
    }
    words[count] = NULL;
    fflush(stdout);
    status = run_and_wait(words);
    globfree(&profiles);
    return status;
}

static int write_and_judge(const struct stress_suite *suite, const struct stress_options *options,
                           const char *undelivered)
{
    char account[4096];
    int error;

    snprintf(account, sizeof(account), "%s.%ld.account", getenv("DD_PROFILING_OUTPUT_PPROF"), (long)getpid());
    error = stress_write_account(suite, options, account);
    if (error != 0) {
        fprintf(stderr, "cannot write %s: %s\n", account, strerror(-error));
        return 1;
    }
    return judge(suite, options, account, undelivered);
}

/* Why the profile did not reach its destination; null: it did, or there is none and nobody expects it to. */
static const char *flush(const struct stress_suite *suite)
{
    const char *why = NULL;
    int error;

    if (mutray_flush == NULL) {
        printf("\nThis program is not instrumented: build it with mutray-cc.\n");
        return NULL;
    }
    error = mutray_flush();
    if (!stress_has_destination()) {
        why = suite->local_files ? "no destination is set, export DD_AGENT_HOST, or DD_API_KEY and DD_SITE" : NULL;
    } else if (error == -EREMOTEIO) {
        why = "the receiver refused the profile";
    } else if (error == -EAGAIN) {
        why = "nobody took the profile";
    } else if (error != 0) {
        why = strerror(-error);
    }
    printf("\nProfile flushed%s%s.\n", why != NULL ? ", not delivered: " : "", why != NULL ? why : "");
    return why;
}

int stress_finish(const struct stress_suite *suite, const struct stress_options *options, int error)
{
    const char *undelivered;
    int status = 0;

    if (error != 0) {
        fprintf(stderr, "%s: cannot start the workers: %s; ask for fewer\n", suite->program, strerror(-error));
        status = 1;
    } else if (stress_stopping() != 0) {
        printf("\nStopped by signal %d.\n", stress_stopping());
        status = 128 + stress_stopping();
    }
    undelivered = flush(suite);
    if (status == 0 && (suite->local_files || options->verify)) {
        status = write_and_judge(suite, options, undelivered);
    }
    stress_tell_where_to_look(suite);
    fflush(stdout);
    return status;
}

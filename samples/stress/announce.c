/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a run says about itself before and after: what it is, where the profile goes, which names to expect, and where
 * to look for them. Also clears away the local files of earlier runs.
 */
#include "stress.h"

#include <errno.h>
#include <glob.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

bool stress_has_destination(void)
{
    static const char *const names[] = {
        "DD_API_KEY",          "DD_TRACE_AGENT_URL", "DD_AGENT_HOST",  "DD_TRACE_AGENT_HOSTNAME",
        "DD_TRACE_AGENT_PORT", "DD_AGENT_PORT",      "MUTRAY_PUSH_URL"};

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        const char *value = getenv(names[i]);

        if (value != NULL && value[0] != '\0') return true;
    }
    return false;
}

static void say_destination(const char *program)
{
    const char *site = getenv("DD_SITE"), *host = getenv("DD_AGENT_HOST"), *port = getenv("DD_TRACE_AGENT_PORT");

    if (getenv("DD_API_KEY") != NULL) {
        printf("  upload       agentless, key ********, site %s\n", site != NULL ? site : "datadoghq.com");
    } else if (getenv("DD_TRACE_AGENT_URL") != NULL) {
        printf("  upload       agent at %s\n", getenv("DD_TRACE_AGENT_URL"));
    } else if (stress_has_destination()) {
        printf("  upload       agent at %s:%s\n", host != NULL ? host : "localhost", port != NULL ? port : "8126");
    } else {
        printf("  upload       NOT SET UP: export DD_AGENT_HOST, or DD_API_KEY and DD_SITE, before %s\n", program);
    }
}

static void say_expected_names(const struct stress_suite *suite)
{
    printf("\nNames to expect, each as file.c:LINE:name with the line of its creation:\n");
    for (const struct stress_phase *phase = suite->phases; phase->title != NULL; phase++) {
        if (suite->recursive || !phase->recursive_only) printf("  %-32s %s\n", phase->title, phase->locks);
    }
}

void stress_announce(const struct stress_suite *suite, const struct stress_options *options)
{
    const char *prefix = getenv("DD_PROFILING_OUTPUT_PPROF");

    printf("%s\n\n", suite->headline);
    printf("  duration     %u s\n  workers      %u per phase\n", options->duration, options->workers);
    printf("  service      %s\n  env          %s\n  version      %s\n", getenv("DD_SERVICE"), getenv("DD_ENV"),
           getenv("DD_VERSION"));
    say_destination(suite->program);
    if (prefix != NULL) printf("  local files  %s.%ld.*.pprof\n", prefix, (long)getpid());
    say_expected_names(suite);
    fflush(stdout);
}

void stress_tell_where_to_look(const struct stress_suite *suite)
{
    const char *site = getenv("DD_SITE"), *file = strrchr(suite->source, '/');

    printf("\nIn the UI, 2 to 3 minutes from now: https://app.%s/profiling\n", site != NULL ? site : "datadoghq.com");
    printf("  service %s, env %s, profile type Lock\n", getenv("DD_SERVICE"), getenv("DD_ENV"));
    printf("  Names must read %s:LINE:variable. Addresses, lines of a library, or names without a variable mean\n"
           "  that naming does not work.\n",
           file != NULL ? file + 1 : suite->source);
}

/* Files are PREFIX.PID.…; those of processes that still run are somebody's. */
void stress_clear_old_files(const char *prefix)
{
    char pattern[4096];
    glob_t files = {.gl_pathc = 0};

    snprintf(pattern, sizeof(pattern), "%s.*.*", prefix);
    glob(pattern, 0, NULL, &files);
    for (size_t i = 0; i < files.gl_pathc; i++) {
        long pid = strtol(files.gl_pathv[i] + strlen(prefix) + 1, NULL, 10);

        if (pid > 0 && kill((pid_t)pid, 0) != 0 && errno == ESRCH) unlink(files.gl_pathv[i]);
    }
    globfree(&files);
}

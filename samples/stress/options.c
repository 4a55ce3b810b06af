/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The command line, and the environment in which the profiler must find itself.
 *
 * `PROGRAM [duration] [workers] [--verify]`, both whole numbers. Whatever else is given, nothing is started: one line
 * of usage, status 2.
 *
 * A profiler configures itself before main() runs, so settings made in main() come too late. The program therefore sets
 * them and executes itself again; the second time it finds them all in place and goes on. Service, environment and
 * version are defaults that the user may override; what the suite depends on is not.
 */
#include "stress.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LONGEST_DURATION 86400
#define MOST_WORKERS 256

static _Noreturn void usage(const struct stress_suite *suite, const char *wrong)
{
    fprintf(stderr, "%s: %s; usage: %s [duration: 1..%d seconds, default %u] [workers: 1..%d, default %u] [--verify]\n",
            suite->program, wrong, suite->program, LONGEST_DURATION, suite->defaults.duration, MOST_WORKERS,
            suite->defaults.workers);
    exit(2);
}

/* A whole number from 1 to `most`, and nothing else: no sign, no blanks, no second line. */
static bool read_number(const char *text, unsigned most, unsigned *ret_number)
{
    unsigned long number;

    if (text[0] == '\0' || strspn(text, "0123456789") != strlen(text)) return false;
    errno = 0;
    number = strtoul(text, NULL, 10);
    if (errno != 0 || number < 1 || number > most) return false;
    *ret_number = (unsigned)number;
    return true;
}

static void read_arguments(const struct stress_suite *suite, char **argv, struct stress_options *ret_options)
{
    unsigned numbers = 0;

    *ret_options = suite->defaults;
    for (char **word = argv + 1; *word != NULL; word++) {
        if (strcmp(*word, "--verify") == 0) {
            ret_options->verify = true;
        } else if (strncmp(*word, "--", 2) == 0) {
            usage(suite, "unknown option");
        } else if (numbers == 0) {
            if (!read_number(*word, LONGEST_DURATION, &ret_options->duration)) usage(suite, "not a duration");
            numbers++;
        } else if (numbers == 1) {
            if (!read_number(*word, MOST_WORKERS, &ret_options->workers)) usage(suite, "not a number of workers");
            numbers++;
        } else {
            usage(suite, "too many arguments");
        }
    }
}

/* Sets a variable; true if that changed anything. */
static bool set(const char *name, const char *value, bool override)
{
    const char *present = getenv(name);

    if (present != NULL && (!override || strcmp(present, value) == 0)) return false;
    setenv(name, value, 1);
    return true;
}

static bool set_all(const struct stress_suite *suite, const struct stress_options *options)
{
    char prefix[128];
    bool changed = false;

    changed |= set("DD_PROFILING_ENABLED", "true", true);
    changed |= set("DD_PROFILING_LOCK_ENABLED", "true", true);
    changed |= set("DD_PROFILING_CAPTURE_PCT", "100", true);
    changed |= set("DD_SERVICE", suite->service, false);
    changed |= set("DD_ENV", suite->env, false);
    changed |= set("DD_VERSION", "1.0.0", false);
    if (suite->local_files || options->verify) {
        snprintf(prefix, sizeof(prefix), "/tmp/%s", suite->program);
        if (set("DD_PROFILING_OUTPUT_PPROF", prefix, false)) {
            stress_clear_old_files(prefix);
            changed = true;
        }
    }
    return changed;
}

void stress_begin(const struct stress_suite *suite, char **argv, struct stress_options *ret_options)
{
    char path[4096];
    ssize_t length;

    read_arguments(suite, argv, ret_options);
    if (!set_all(suite, ret_options)) {
        stress_announce(suite, ret_options);
        return;
    }
    length = readlink("/proc/self/exe", path, sizeof(path) - 1);
    if (length > 0) {
        path[length] = '\0';
        execv(path, argv);
    }
    fprintf(stderr, "%s: cannot start itself again with the profiler's settings: %s\n", suite->program,
            strerror(errno));
    exit(1);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The command: reads everything, lists the names as people want to see them, then judges.
 *
 * --assert        all assertions; exit status 1 if one does not hold
 * --diagnose      is it the collector or the pipeline? exit status 0: neither, 1: collector, 2: pipeline
 * --undelivered   what the profiler said about its upload, when that failed
 * --received      a profile as it arrived at the other end; may be given several times
 */
#include "verify.h"

#include "base/say.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { EXIT_WORKS = 0, EXIT_COLLECTOR = 1, EXIT_PIPELINE = 2, EXIT_USAGE = 3 };

struct command {
    bool assert_all, diagnose, has_received;
    const char *undelivered;
};

static void list_name(const struct evidence *evidence, const char *name)
{
    int64_t acquires = 0, releases = 0, wait_ns = 0, hold_ns = 0;

    for (size_t i = 0; i < evidence->seen_count; i++) {
        const struct seen *seen = &evidence->seen[i];

        if (strcmp(seen->name, name) != 0) continue;
        acquires += seen->acquires;
        releases += seen->releases;
        wait_ns += seen->wait_ns;
        hold_ns += seen->hold_ns;
    }
    printf("  %-52s %9" PRId64 " %9" PRId64 " %11.3f %11.3f", name, acquires, releases, (double)wait_ns / 1e6,
           (double)hold_ns / 1e6);
}

/* Prints the names with (`good`) or without fault; how many there are. */
static size_t list_names(const struct account *account, const struct evidence *evidence, bool good)
{
    size_t count, listed = 0;
    const char **names = evidence_names(evidence, &count);

    for (size_t i = 0; i < count; i++) {
        const char *fault = name_fault(account, names[i]);

        if ((fault == NULL) != good) continue;
        if (listed++ == 0) {
            printf("\n%-54s %9s %9s %11s %11s\n", good ? "Good names" : "Generic names", "acquires", "releases",
                   "wait ms", "hold ms");
        }
        list_name(evidence, names[i]);
        printf("%s%s\n", good ? "" : "  ", good ? "" : fault);
    }
    free(names);
    return listed;
}

static bool all_expected_seen(const struct account *account, const struct evidence *evidence)
{
    bool all = true;

    for (size_t i = 0; i < account->lock_count; i++) {
        bool seen = false;

        for (size_t k = 0; k < evidence->seen_count && !seen; k++) {
            seen = strcmp(evidence->seen[k].name, account->locks[i].name) == 0;
        }
        if (account->locks[i].expected && !seen) {
            printf("\nMissing: %s\n", account->locks[i].name);
            all = false;
        }
    }
    return all;
}

static int diagnose(bool named, bool arrived, const char *why)
{
    printf("\n  Local profile   On the way      Diagnosis\n"
           "%s has names       delivered       works: what the UI shows wrong, the backend did\n"
           "%s has names       not delivered   pipeline: upload, agent or intake\n"
           "%s no names        -               collector: instrumentation or configuration\n",
           named && arrived ? ">" : " ", named && !arrived ? ">" : " ", named ? " " : ">");
    if (!named) {
        printf("\nThe problem is in the collector. `mutray status PROGRAM` shows what is instrumented and why not;\n"
               "`mutray doctor` checks the configuration.\n");
        return EXIT_COLLECTOR;
    }
    if (!arrived) {
        printf("\nThe problem is in the pipeline: %s. `mutray doctor` checks agent, key and site.\n", why);
        return EXIT_PIPELINE;
    }
    printf("\nLocks are named, and the profile was delivered.\n");
    return EXIT_WORKS;
}

static _Noreturn void usage(void)
{
    fprintf(stderr, "usage: stress_verify [--diagnose] [--assert] [--undelivered REASON] [--received FILE]... ACCOUNT "
                    "PROFILE...\n");
    exit(EXIT_USAGE);
}

/* Returns the position of the first word that is not an option. */
static int read_options(int count, char **words, struct command *ret_command, struct evidence *ret_received)
{
    int i = 1;

    *ret_command = (struct command){0};
    for (; i < count && strncmp(words[i], "--", 2) == 0; i++) {
        if (strcmp(words[i], "--assert") == 0) {
            ret_command->assert_all = true;
        } else if (strcmp(words[i], "--diagnose") == 0) {
            ret_command->diagnose = true;
        } else if (strcmp(words[i], "--undelivered") == 0 && i + 1 < count) {
            ret_command->undelivered = words[++i];
        } else if (strcmp(words[i], "--received") == 0 && i + 1 < count) {
            ret_command->has_received = true;
            evidence_add(ret_received, words[++i]);
        } else {
            usage();
        }
    }
    return i;
}

int main(int argc, char **argv)
{
    struct evidence local = {0}, received = {0};
    struct account account;
    struct command command;
    int first = read_options(argc, argv, &command, &received);
    bool readable = true, named, arrived;
    unsigned failures = 0;
    const char *why = command.undelivered;
    int status = EXIT_WORKS;

    if (first >= argc) usage();
    account_read(argv[first], &account);
    for (int i = first + 1; i < argc; i++) {
        readable &= evidence_add(&local, argv[i]);
    }
    printf("\n%zu local profile%s\n", local.profile_count, local.profile_count == 1 ? "" : "s");
    named = list_names(&account, &local, true) > 0;
    if (list_names(&account, &local, false) > 0) named = false;
    named &= all_expected_seen(&account, &local) && readable;
    if (command.assert_all) failures += check_all(&account, &local);
    arrived = command.undelivered == NULL;
    if (command.has_received && check_received(&local, &received) > 0) {
        arrived = false;
        why = "names were lost on the way";
    }
    if (command.assert_all && !arrived && !command.has_received) {
        printf("FAILED  the profile was delivered\n          %s\n", why);
    }
    if (command.diagnose) status = diagnose(named, arrived, why);
    if (status == EXIT_WORKS && (failures > 0 || !arrived)) status = EXIT_COLLECTOR;
    if (command.assert_all) printf("\n%s\n", status == EXIT_WORKS ? "VERIFIED" : "NOT VERIFIED");
    return status;
}

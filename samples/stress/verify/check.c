/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The assertions. Each prints one line, `ok` or `FAILED` with what is wrong; durations are only ever compared with what
 * the run itself measured, so that a slow machine fails nothing.
 */
#include "verify.h"

#include "base/say.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One assertion: what it says, and how often it turned out wrong. */
struct assertion {
    const char *claim;
    unsigned failures;
};

static void failed(struct assertion *assertion, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void failed(struct assertion *assertion, const char *format, ...)
{
    va_list arguments;

    if (assertion->failures++ == 0) printf("FAILED  %s\n", assertion->claim);
    printf("          ");
    va_start(arguments, format);
    vprintf(format, arguments);
    va_end(arguments);
    putchar('\n');
}

static unsigned verdict(const struct assertion *assertion)
{
    if (assertion->failures == 0) printf("ok      %s\n", assertion->claim);
    return assertion->failures;
}

static struct seen sum_of(const struct evidence *evidence, const char *name, const char *function)
{
    struct seen sum = {0};

    for (size_t i = 0; i < evidence->seen_count; i++) {
        const struct seen *seen = &evidence->seen[i];

        if (strcmp(seen->name, name) != 0 || (function != NULL && strcmp(seen->function, function) != 0)) continue;
        sum.acquires += seen->acquires;
        sum.wait_ns += seen->wait_ns;
        sum.releases += seen->releases;
        sum.hold_ns += seen->hold_ns;
        if (sum.shortest_hold_ns == 0 || seen->shortest_hold_ns < sum.shortest_hold_ns) {
            sum.shortest_hold_ns = seen->shortest_hold_ns;
        }
    }
    return sum;
}

static const char *name_of(const struct account *account, const struct section *section)
{
    const struct lock *lock = account_lock(account, section->variable);

    return lock != NULL ? lock->name : section->variable;
}

const char *name_fault(const struct account *account, const char *name)
{
    const char *colon = strchr(name, ':'), *variable = colon != NULL ? strchr(colon + 1, ':') : NULL;

    if (account_lock_named(account, name) != NULL) return NULL;
    if (strstr(name, "0x") != NULL) return "an address";
    if (name[0] == '\0' || colon == NULL) return "no place";
    if (strncmp(name, "unknown:0", 9) == 0) return "creation not seen";
    if (strncmp(name, account->source_file, (size_t)(colon - name)) != 0 ||
        account->source_file[colon - name] != '\0') {
        return "a line outside the program";
    }
    if (variable == NULL) return "generic, without a variable";
    return account_lock(account, variable + 1) != NULL ? "not the line of the creation" : "not a lock of the program";
}

static unsigned check_presence(const struct account *account, const struct evidence *evidence)
{
    struct assertion assertion = {"every expected name is there, with the line of its creation", 0};

    for (size_t i = 0; i < account->lock_count; i++) {
        const struct lock *lock = &account->locks[i];

        if (lock->expected && sum_of(evidence, lock->name, NULL).acquires == 0) {
            failed(&assertion, "%s was not seen", lock->name);
        }
    }
    return verdict(&assertion);
}

static unsigned check_names(const struct account *account, const struct evidence *evidence)
{
    struct assertion assertion = {"no name is generic, an address, or a line of a wrapper or library", 0};
    size_t count;
    const char **names = evidence_names(evidence, &count);

    for (size_t i = 0; i < count; i++) {
        const char *fault = name_fault(account, names[i]);

        if (fault != NULL) failed(&assertion, "%s: %s", names[i], fault);
    }
    free(names);
    return verdict(&assertion);
}

/* Two locks that share a name would show as the work of one in the functions of the other. */
static unsigned check_distinct(const struct account *account, const struct evidence *evidence)
{
    struct assertion assertion = {"distinct locks have distinct names", 0};

    for (size_t i = 0; i < evidence->seen_count; i++) {
        const struct seen *seen = &evidence->seen[i];
        bool works_there = false;

        for (size_t k = 0; k < account->section_count && !works_there; k++) {
            works_there = strcmp(account->sections[k].function, seen->function) == 0 &&
                          strcmp(name_of(account, &account->sections[k]), seen->name) == 0;
        }
        if (!works_there) failed(&assertion, "%s shows in %s, which has no such lock", seen->name, seen->function);
    }
    return verdict(&assertion);
}

/* Equal, but for what the profiler says it lost. */
static bool about(int64_t found, uint64_t expected, uint64_t lost)
{
    return found <= (int64_t)expected && found + (int64_t)lost >= (int64_t)expected;
}

static unsigned check_counts(const struct account *account, const struct evidence *evidence)
{
    struct assertion assertion = {"acquires and releases are as many as the program did", 0};

    for (size_t i = 0; i < account->section_count; i++) {
        const struct section *section = &account->sections[i];
        struct seen sum = sum_of(evidence, name_of(account, section), section->function);
        uint64_t releases = section->kind == SECTION_AGAIN ? 0 : section->entries;

        if (!about(sum.acquires, section->entries, evidence->lost) || !about(sum.releases, releases, evidence->lost)) {
            failed(&assertion,
                   "%s in %s: %" PRId64 " acquires and %" PRId64 " releases, in truth %" PRIu64 " and %" PRIu64
                   " (%" PRIu64 " reported lost)",
                   section->variable, section->function, sum.acquires, sum.releases, section->entries, releases,
                   evidence->lost);
        }
    }
    return verdict(&assertion);
}

static unsigned check_holds(const struct account *account, const struct evidence *evidence)
{
    struct assertion assertion = {"every hold is at least as long as the work done in it", 0};

    for (size_t i = 0; i < account->section_count; i++) {
        const struct section *section = &account->sections[i];
        struct seen sum = sum_of(evidence, name_of(account, section), section->function);
        uint64_t least_ns =
            section->kind == SECTION_AROUND ? section->entries * section->nominal_ns : section->slept_ns;

        if (section->kind == SECTION_AGAIN) continue;
        if (evidence->lost == 0 && sum.hold_ns < (int64_t)least_ns) {
            failed(&assertion, "%s in %s: %" PRId64 " ns in all, less than the %" PRIu64 " ns of work",
                   section->variable, section->function, sum.hold_ns, least_ns);
        }
        if (sum.releases > 0 && sum.shortest_hold_ns <= (int64_t)section->nominal_ns) {
            failed(&assertion, "%s in %s: a hold below %" PRId64 " ns, where the work takes %" PRIu64 " ns",
                   section->variable, section->function, sum.shortest_hold_ns, section->nominal_ns);
        }
    }
    return verdict(&assertion);
}

static unsigned check_exclusion(const struct account *account, const struct evidence *evidence)
{
    struct assertion assertion = {"no lock was held longer than the time there was", 0};

    for (size_t i = 0; i < account->section_count; i++) {
        const struct section *section = &account->sections[i];
        struct seen sum = sum_of(evidence, name_of(account, section), section->function);

        if (section->kind == SECTION_SHARED && sum.hold_ns > (int64_t)account->wall_ns) {
            failed(&assertion, "%s in %s: held %" PRId64 " ns of %" PRIu64 " ns", section->variable, section->function,
                   sum.hold_ns, account->wall_ns);
        }
    }
    return verdict(&assertion);
}

static bool waited(const struct account *account, const struct evidence *evidence, const struct waiter *waiter)
{
    const struct lock *lock = account_lock(account, waiter->variable);

    for (size_t i = 0; i < evidence->wait_count; i++) {
        const struct seen_wait *wait = &evidence->waits[i];

        if (strcmp(wait->thread, waiter->thread) == 0 && strcmp(wait->name, lock->name) == 0) return true;
    }
    return false;
}

/* The very first worker may find the lock free each time; all others must have met it taken. */
static unsigned check_waits(const struct account *account, const struct evidence *evidence)
{
    struct assertion assertion = {"under contention all workers but one had to wait", 0};
    size_t idle = 0;

    for (size_t i = 0; i < account->waiter_count; i++) {
        if (!waited(account, evidence, &account->waiters[i])) idle++;
    }
    if (idle > 1) {
        for (size_t i = 0; i < account->waiter_count; i++) {
            const struct waiter *waiter = &account->waiters[i];

            if (!waited(account, evidence, waiter)) {
                failed(&assertion, "no wait of thread %s for %s", waiter->thread, waiter->variable);
            }
        }
    }
    return verdict(&assertion);
}

static unsigned check_reentrance(const struct account *account, const struct evidence *evidence)
{
    struct assertion assertion = {"a lock taken again counts as acquired, and is held from first to last", 0};
    bool any = false;

    for (size_t i = 0; i < account->section_count; i++) {
        const struct section *section = &account->sections[i];
        struct seen sum = sum_of(evidence, name_of(account, section), section->function);

        if (section->kind != SECTION_AGAIN) continue;
        any = true;
        if (sum.acquires == 0) failed(&assertion, "%s was not seen in %s", section->variable, section->function);
        if (sum.releases != 0) {
            failed(&assertion, "%s: %" PRId64 " holds end in %s, inside the outer one", section->variable, sum.releases,
                   section->function);
        }
    }
    return any ? verdict(&assertion) : 0;
}

unsigned check_all(const struct account *account, const struct evidence *evidence)
{
    static unsigned (*const checks[])(const struct account *, const struct evidence *) = {
        check_presence, check_names,     check_distinct, check_counts,
        check_holds,    check_exclusion, check_waits,    check_reentrance,
    };
    unsigned failures = 0;

    printf("\n");
    for (size_t i = 0; i < sizeof(checks) / sizeof(checks[0]); i++) {
        failures += checks[i](account, evidence);
    }
    return failures;
}

static unsigned names_missing(struct assertion *assertion, const struct evidence *from, const struct evidence *in,
                              const char *where)
{
    size_t from_count, in_count, k = 0;
    const char **from_names = evidence_names(from, &from_count), **in_names = evidence_names(in, &in_count);

    for (size_t i = 0; i < from_count; i++) {
        while (k < in_count && strcmp(in_names[k], from_names[i]) < 0)
            k++;
        if (k == in_count || strcmp(in_names[k], from_names[i]) != 0) failed(assertion, "%s %s", from_names[i], where);
    }
    free(from_names);
    free(in_names);
    return assertion->failures;
}

unsigned check_received(const struct evidence *local, const struct evidence *received)
{
    struct assertion assertion = {"the names received are the names in the local files", 0};

    names_missing(&assertion, local, received, "did not arrive");
    names_missing(&assertion, received, local, "is not in the local files");
    return verdict(&assertion);
}

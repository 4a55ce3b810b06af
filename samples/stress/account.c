/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The truth about a run: which critical sections were entered, how often, and how long they slept at the least.
 *
 * Each section is a static object next to its lock call, which puts itself on a list the first time it is reached and
 * counts with atomics from then on. At the end the account is written to a text file, one fact a line, that the
 * verifier holds against the profile:
 *
 *     source PATH                                         where the marked creations are
 *     phase WALL_NS TITLE                                 a phase that took place
 *     expect VARIABLE                                     a lock that it must have left in the profile
 *     contended VARIABLE THREAD                           a thread that must have waited for it
 *     thread KERNEL_NAME = NAME                           what the kernel's 15 bytes stand for
 *     section VARIABLE FUNCTION KIND US ENTRIES SLEPT_NS  KIND as in enum stress_kind
 */
#include "stress.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define MOST_PHASES 16

struct phase_done {
    const struct stress_phase *phase;
    unsigned number;
    uint64_t wall_ns;
};

static struct phase_done done[MOST_PHASES];
static unsigned done_count;
static _Atomic(struct stress_section *) sections;

uint64_t stress_clock_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

void stress_sleep(unsigned microseconds)
{
    struct timespec left = {.tv_sec = microseconds / 1000000, .tv_nsec = (long)(microseconds % 1000000) * 1000};

    while (nanosleep(&left, &left) != 0 && errno == EINTR) {
    }
}

static void list_section(struct stress_section *section, const char *function)
{
    if (atomic_exchange(&section->listed, true)) return;
    section->function = function;
    section->next = atomic_load(&sections);
    while (!atomic_compare_exchange_weak(&sections, &section->next, section)) {
    }
}

void stress_hold(struct stress_section *section, const char *function)
{
    uint64_t start_ns = stress_clock_ns();

    list_section(section, function);
    if (section->kind != STRESS_AROUND) stress_sleep(section->microseconds);
    atomic_fetch_add(&section->entries, 1);
    atomic_fetch_add(&section->slept_ns, stress_clock_ns() - start_ns);
}

void stress_phase_done(const struct stress_phase *phase, unsigned number, uint64_t wall_ns)
{
    if (done_count < MOST_PHASES) done[done_count++] = (struct phase_done){phase, number, wall_ns};
}

static void write_words(FILE *file, const char *before, const char *words)
{
    while (*words != '\0') {
        int length = (int)strcspn(words, " ");

        fprintf(file, "%s%.*s\n", before, length, words);
        words += length;
        words += strspn(words, " ");
    }
}

static void write_phase(FILE *file, const struct phase_done *entry, unsigned workers)
{
    char title[64], name[16];

    stress_title(entry->phase, entry->number, title);
    fprintf(file, "phase %llu %s\n", (unsigned long long)entry->wall_ns, title);
    write_words(file, "expect ", entry->phase->locks);
    for (unsigned i = 0; i < workers; i++) {
        stress_kernel_name(title, i, name);
        fprintf(file, "thread %s = %s-Worker-%u\n", name, title, i);
        if (entry->phase->contended != NULL) fprintf(file, "contended %s %s\n", entry->phase->contended, name);
    }
}

int stress_write_account(const struct stress_suite *suite, const struct stress_options *options, const char *path)
{
    FILE *file = fopen(path, "w");
    bool failed;

    if (file == NULL) return -errno;
    fprintf(file, "source %s\n", suite->source);
    for (unsigned i = 0; i < done_count; i++) {
        write_phase(file, &done[i], options->workers);
    }
    for (const struct stress_section *section = atomic_load(&sections); section != NULL; section = section->next) {
        fprintf(file, "section %s %s %d %u %llu %llu\n", section->variable, section->function, section->kind,
                section->microseconds, (unsigned long long)section->entries, (unsigned long long)section->slept_ns);
    }
    failed = ferror(file) != 0;
    return fclose(file) != 0 || failed ? -EIO : 0;
}

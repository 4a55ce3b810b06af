/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Crews of workers: one phase, a number of threads that call its function until the time is up.
 *
 * Ctrl-C and SIGTERM end a run early but in order: the handler only notes the signal, the workers see the note between
 * two iterations, and main() goes on to flush. The workers block both signals, so no sleep in a critical section is
 * ever cut short. A second Ctrl-C finds the default action again.
 */
#include "stress.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct crew {
    const struct stress_suite *suite;
    const struct stress_phase *phase;
    unsigned number; /* of the phase, 0 if they have none */
    unsigned size;   /* workers that did start */
    uint64_t start_ns, end_ns;
    struct worker *workers;
};

struct worker {
    struct crew *crew;
    unsigned index;
    pthread_t thread;
};

static volatile sig_atomic_t stopped_by;

static void note_signal(int number)
{
    stopped_by = number;
}

int stress_stopping(void)
{
    return stopped_by;
}

static void catch_signals(sigset_t *ret_caught)
{
    struct sigaction action = {.sa_handler = note_signal, .sa_flags = SA_RESETHAND | SA_RESTART};

    sigemptyset(&action.sa_mask);
    sigemptyset(ret_caught);
    sigaddset(ret_caught, SIGINT);
    sigaddset(ret_caught, SIGTERM);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
}

void stress_title(const struct stress_phase *phase, unsigned number, char ret_title[64])
{
    if (number != 0) {
        snprintf(ret_title, 64, "Phase %u: %s", number, phase->title);
    } else {
        snprintf(ret_title, 64, "%s", phase->title);
    }
}

void stress_kernel_name(const char *title, unsigned worker, char ret_name[16])
{
    char tail[14];
    size_t tail_length = (size_t)snprintf(tail, sizeof(tail), "-W%u", worker);
    size_t head_length = strnlen(title, 15 - tail_length);

    memcpy(ret_name, title, head_length);
    memcpy(ret_name + head_length, tail, tail_length + 1);
}

static void *work_until_the_end(void *argument)
{
    struct worker *worker = argument;
    struct crew *crew = worker->crew;
    char title[64], name[16];

    stress_title(crew->phase, crew->number, title);
    stress_kernel_name(title, worker->index, name);
    pthread_setname_np(pthread_self(), name);
    while (stress_clock_ns() < crew->end_ns && !stress_stopping()) {
        crew->phase->work(worker->index, crew->suite->iterations);
    }
    return NULL;
}

static int start_crew(struct crew *crew, const struct stress_suite *suite, const struct stress_phase *phase,
                      unsigned number, unsigned workers, uint64_t duration_ns)
{
    *crew = (struct crew){.suite = suite, .phase = phase, .number = number};
    crew->workers = calloc(workers, sizeof(*crew->workers));
    if (crew->workers == NULL) return -ENOMEM;
    crew->start_ns = stress_clock_ns();
    crew->end_ns = crew->start_ns + duration_ns;
    while (crew->size < workers) {
        struct worker *worker = &crew->workers[crew->size];
        int error;

        *worker = (struct worker){.crew = crew, .index = crew->size};
        error = pthread_create(&worker->thread, NULL, work_until_the_end, worker);
        if (error != 0) return -error;
        crew->size++;
    }
    return 0;
}

static void join_crew(struct crew *crew)
{
    uint64_t wall_ns;

    for (unsigned i = 0; i < crew->size; i++) {
        pthread_join(crew->workers[i].thread, NULL);
    }
    wall_ns = stress_clock_ns() - crew->start_ns;
    if (crew->size > 0) stress_phase_done(crew->phase, crew->number, wall_ns);
    free(crew->workers);
    crew->workers = NULL;
}

static unsigned count_phases(const struct stress_suite *suite)
{
    unsigned count = 0;

    for (const struct stress_phase *phase = suite->phases; phase->title != NULL; phase++) {
        if (suite->recursive || !phase->recursive_only) count++;
    }
    return count;
}

/* Starts a crew with both signals blocked, which its threads inherit. */
static int start_undisturbed(struct crew *crew, const struct stress_suite *suite, const struct stress_phase *phase,
                             unsigned number, unsigned workers, uint64_t duration_ns)
{
    sigset_t caught, before;
    int error;

    catch_signals(&caught);
    pthread_sigmask(SIG_BLOCK, &caught, &before);
    error = start_crew(crew, suite, phase, number, workers, duration_ns);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return error;
}

int stress_run_in_turn(const struct stress_suite *suite, const struct stress_options *options)
{
    uint64_t share_ns = options->duration * UINT64_C(1000000000) / count_phases(suite);
    unsigned number = 0;
    int error = 0;

    for (const struct stress_phase *phase = suite->phases; phase->title != NULL && !stress_stopping(); phase++) {
        struct crew crew;

        if (phase->recursive_only && !suite->recursive) continue;
        printf("\nPhase %u: %s\n  locks: %s\n", ++number, phase->title, phase->locks);
        fflush(stdout);
        error = start_undisturbed(&crew, suite, phase, number, options->workers, share_ns);
        if (error != 0) stopped_by = SIGTERM;
        join_crew(&crew);
        if (error != 0) break;
    }
    return error;
}

int stress_run_together(const struct stress_suite *suite, const struct stress_options *options)
{
    unsigned count = count_phases(suite), started = 0;
    struct crew *crews = calloc(count, sizeof(*crews));
    int error = 0;

    if (crews == NULL) return -ENOMEM;
    for (const struct stress_phase *phase = suite->phases; phase->title != NULL && error == 0; phase++) {
        if (phase->recursive_only && !suite->recursive) continue;
        printf("  %ux %s: %s\n", options->workers, phase->title, phase->locks);
        error = start_undisturbed(&crews[started++], suite, phase, 0, options->workers,
                                  options->duration * UINT64_C(1000000000));
    }
    fflush(stdout);
    if (error != 0) stopped_by = SIGTERM;
    for (unsigned i = 0; i < started; i++) {
        join_crew(&crews[i]);
    }
    free(crews);
    return error;
}

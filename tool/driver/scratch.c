/* SPDX-License-Identifier: Apache-2.0 */
/* A compilation's temporary files: see scratch.h. */
#include "scratch.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* `.c`, because that is what the text in it is: names appear in no output, but compilers look at the suffix. */
static const char *const names[SCRATCH_FILES] = {
    [SCRATCH_TEXT] = "text.c",     [SCRATCH_EDITED] = "edited.c",   [SCRATCH_DEPS] = "deps.d",   [SCRATCH_OBJECT] = "out",
    [SCRATCH_WORDS] = "words.txt", [SCRATCH_STATUS] = "status.txt", [SCRATCH_RECORD] = "record.c",
};
static const int deadly[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGPIPE, SIGXCPU, SIGALRM};

static char folder[4000];
static char paths[SCRATCH_FILES][sizeof folder + 16];
static volatile sig_atomic_t exists;
static volatile pid_t running;

void scratch_empty(void)
{
    static const enum scratch_file large[] = {SCRATCH_TEXT, SCRATCH_EDITED, SCRATCH_OBJECT};
    for (size_t i = 0; i < sizeof large / sizeof *large; i++)
        unlink(paths[large[i]]);
}

/* Async-signal-safe. */
void scratch_remove(void)
{
    if (!exists) return;
    exists = 0;
    for (int i = 0; i < SCRATCH_FILES; i++)
        unlink(paths[i]);
    rmdir(folder);
}

static void on_signal(int number)
{
    if (running > 0) kill(running, number);
    scratch_remove();
    signal(number, SIG_DFL);
    raise(number);
}

/* A limit on the size of files is trouble that write() tells of, here; programs that are run have their own way. */
static void on_limit(int number)
{
    (void)number;
}

static void each_deadly_signal(int how, sigset_t *set)
{
    sigemptyset(set);
    for (size_t i = 0; i < sizeof deadly / sizeof *deadly; i++)
        sigaddset(set, deadly[i]);
    sigprocmask(how, set, NULL);
}

void scratch_hold_signals(bool hold)
{
    sigset_t set;
    if (exists) each_deadly_signal(hold ? SIG_BLOCK : SIG_UNBLOCK, &set);
}

void scratch_child(pid_t child)
{
    running = child;
}

/* The folder is the parent's to remove. Handlers go with exec; the mask would not. */
void scratch_in_child(void)
{
    bool had = exists;
    exists = 0;
    running = 0;
    sigset_t set;
    if (had) each_deadly_signal(SIG_UNBLOCK, &set);
}

/* Where gcc would put its own: the first of these that can be used. */
static int make_folder(void)
{
    const char *const places[] = {getenv("TMPDIR"), getenv("TMP"), getenv("TEMP"), "/tmp"};
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        if (places[i] == NULL || *places[i] == 0 || strlen(places[i]) > sizeof folder - 32) continue;
        snprintf(folder, sizeof folder, "%s/mutray-XXXXXX", places[i]);
        if (mkdtemp(folder) != NULL) return 0;
    }
    return -errno;
}

int scratch_create(void)
{
    sigset_t set;
    each_deadly_signal(SIG_BLOCK, &set);
    int error = make_folder();
    if (!error) {
        for (int i = 0; i < SCRATCH_FILES; i++)
            snprintf(paths[i], sizeof paths[i], "%s/%s", folder, names[i]);
        exists = 1;
        struct sigaction action = {.sa_handler = on_signal}, limit = {.sa_handler = on_limit}, before;
        if (sigaction(SIGXFSZ, NULL, &before) == 0 && before.sa_handler == SIG_DFL) sigaction(SIGXFSZ, &limit, NULL);
        for (size_t i = 0; i < sizeof deadly / sizeof *deadly; i++) {
            /* What is ignored (nohup) stays ignored. */
            if (sigaction(deadly[i], NULL, &before) == 0 && before.sa_handler != SIG_IGN)
                sigaction(deadly[i], &action, NULL);
        }
    }
    each_deadly_signal(SIG_UNBLOCK, &set);
    return error;
}

const char *scratch_path(enum scratch_file file)
{
    return paths[file];
}

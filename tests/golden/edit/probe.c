/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A runtime that only counts, for the golden tests.
 *
 * Linked with `--wrap` for each lock function, so a call that goes around its site is counted too, as a plain one. In an
 * instrumented program every call should come through a site; in the original all are plain; and the totals are the
 * same. At exit, what was counted is written to the file $PROBE_OUTPUT: a line for each site with what it says about the
 * lock, and where the object that was really locked had been created.
 */
#define _GNU_SOURCE
#include <mutray/abi.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <threads.h>
#include <time.h>

enum { MOST_UNITS = 8, MOST_SITES = 512, MOST_OBJECTS = 512 };

struct place {
    const char *file, *variable;
    unsigned line;
};

/* A lock that was initialised by a call, or returned by one. */
struct object {
    const void *address;
    struct place created;
};

static struct mutray__unit *units[MOST_UNITS];
static unsigned unit_count;
static unsigned long calls[MOST_SITES], plain[MUTRAY__FUNCTIONS], through[MUTRAY__FUNCTIONS];
static struct place created[MOST_SITES]; /* by site: the object it locked last */
static struct mutray__site *spoke[MOST_SITES]; /* by site: the hand-over that spoke for it last */
static __thread __attribute__((tls_model("initial-exec"))) struct mutray__hint hint;
static struct object objects[MOST_OBJECTS];
static unsigned object_count;

static const char *const function_names[] = {
#define MUTRAY_FUNCTION(returns, name, kind, role, lock, parameters, arguments) #name,
#include <mutray/functions.def>
#undef MUTRAY_FUNCTION
};

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash == NULL ? path : slash + 1;
}

/* One object may be several creations: as a variable, and as the lock in it. `lock` is the one that the call names. */
static struct place by_definition(const void *address, const struct mutray__lock *lock)
{
    struct place found = {0};
    for (unsigned u = 0; u < unit_count; u++) {
        for (unsigned i = 0; i < units[u]->creation_count; i++) {
            const struct mutray__creation *creation = &units[u]->creations[i];
            if (creation->address == NULL) continue;
            size_t offset = (size_t)((const char *)address - (const char *)creation->address);
            unsigned long stride = creation->stride;
            if (offset < creation->size && (stride == 0 || offset % stride <= (creation->size - 1) % stride))
                if (found.file == NULL || creation->lock == lock)
                    found = (struct place){creation->file, creation->lock->variable, creation->line};
        }
    }
    return found;
}

static struct place by_call(const void *address)
{
    for (unsigned i = 0; i < object_count; i++)
        if (objects[i].address == address) return objects[i].created;
    return (struct place){0};
}

static void note_init(const void *address, const struct mutray__site *site)
{
    unsigned i = 0;
    while (i < object_count && objects[i].address != address) i++;
    if (i == MOST_OBJECTS) return;
    if (i == object_count) object_count++;
    objects[i] = (struct object){address, {site->file, site->variable, site->line}};
}

static void count(const void *address, struct mutray__site *site, unsigned function, int init)
{
    if (site->what != function) {
        fprintf(stderr, "probe: a call of %s came through a site for %s\n", function_names[function],
                function_names[site->what]);
        abort();
    }
    through[function]++;
    calls[site->id]++;
    if ((site->flags & MUTRAY__SITE_PARAMETER) && hint.lock == address) {
        spoke[site->id] = hint.site;
        site = hint.site;
        calls[site->id]++;
    }
    if (init) note_init(address, site);
    created[site->id] = by_definition(address, site->lock);
    if (created[site->id].file == NULL) created[site->id] = by_call(address);
}

#define OPEN(...) __VA_ARGS__

#define MUTRAY_FUNCTION(returns, name, kind, role, lock, parameters, arguments)                                        \
    returns __real_##name parameters;                                                                                  \
    returns __wrap_##name parameters;                                                                                  \
    returns __wrap_##name parameters                                                                                   \
    {                                                                                                                  \
        plain[MUTRAY__FN_##name]++;                                                                                    \
        return __real_##name arguments;                                                                                \
    }                                                                                                                  \
    static returns through_##name(OPEN parameters, struct mutray__site *site)                                          \
    {                                                                                                                  \
        count((const void *)mutray__##lock, site, MUTRAY__FN_##name, strcmp(#role, "INIT") == 0);                      \
        return __real_##name arguments;                                                                                \
    }
#include <mutray/functions.def>
#undef MUTRAY_FUNCTION

static void (*const ops[])(void) = {
#define MUTRAY_FUNCTION(returns, name, kind, role, lock, parameters, arguments) (void (*)(void))through_##name,
#include <mutray/functions.def>
#undef MUTRAY_FUNCTION
};

void mutray__attach(struct mutray__unit *unit)
{
    static unsigned sites;
    if (unit->abi != MUTRAY__ABI || unit_count == MOST_UNITS || sites + unit->site_count > MOST_SITES) abort();
    for (unsigned i = 0; i < unit->site_count; i++) unit->sites[i].id = sites++;
    units[unit_count++] = unit;
    *unit->ops = ops;
#ifdef __x86_64__
    *unit->hints = (char *)&hint - (char *)__builtin_thread_pointer();
#else
    *unit->hints = 1;
#endif
}

void mutray__detach(struct mutray__unit *unit)
{
    (void)unit;
}

void mutray__hand_over(void *lock, struct mutray__site *site)
{
    hint = (struct mutray__hint){lock, site};
}

void mutray__made(void *lock, struct mutray__site *site)
{
    if (lock != NULL) note_init(lock, site);
    calls[site->id]++;
}

static const char *what_name(const struct mutray__site *site)
{
    if (site->what == MUTRAY__HAND_OVER) return "hands over";
    return site->what == MUTRAY__MADE ? "is given" : function_names[site->what];
}

static void write_site(FILE *file, const struct mutray__site *site)
{
    fprintf(file, "%lu x %s:%u %s %s \"%s\"%s%s", calls[site->id], site->file, site->line,
            site->function[0] == '\0' ? "-" : site->function, what_name(site), site->variable,
            site->flags & MUTRAY__SITE_ARRAY ? " array" : "", site->flags & MUTRAY__SITE_POINTER ? " pointer" : "");
    if (site->flags & MUTRAY__SITE_PARAMETER) fputs(" parameter", file);
    if (site->lock != NULL) fprintf(file, " [%s] {%s}", site->lock->declaration, site->lock->key);
    if (created[site->id].file != NULL)
        fprintf(file, " was %s:%u:%s", base_name(created[site->id].file), created[site->id].line,
                created[site->id].variable);
    if (spoke[site->id] != NULL) fprintf(file, " for %s:%u", spoke[site->id]->file, spoke[site->id]->line);
    fputc('\n', file);
}

__attribute__((destructor)) static void write_counts(void)
{
    const char *path = getenv("PROBE_OUTPUT");
    FILE *file = path == NULL ? NULL : fopen(path, "w");
    if (file == NULL) return;
    for (unsigned u = 0; u < unit_count; u++) {
        for (unsigned i = 0; i < units[u]->site_count; i++) write_site(file, &units[u]->sites[i]);
        for (unsigned i = 0; i < units[u]->creation_count; i++) {
            const struct mutray__creation *creation = &units[u]->creations[i];
            fprintf(file, "creation %s:%u [%s] {%s}%s%s\n", creation->file, creation->line, creation->lock->declaration,
                    creation->lock->key, creation->flags & MUTRAY__CREATION_INITIALISED ? " initialised" : "",
                    creation->address == NULL ? " no address" : "");
        }
    }
    for (unsigned i = 0; i < MUTRAY__FUNCTIONS; i++)
        if (plain[i] != 0) fprintf(file, "plain %s %lu\n", function_names[i], plain[i]);
    for (unsigned i = 0; i < MUTRAY__FUNCTIONS; i++)
        if (plain[i] + through[i] != 0) fprintf(file, "total %s %lu\n", function_names[i], plain[i] + through[i]);
    fclose(file);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any text as a unit with locks, through the whole engine, as mutray-edit does it: scan, libclang, sites, edited text.
 * The input stands behind a small <pthread.h>, and includes nothing.
 */
#include "functions.h"
#include "unit.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static const char header[] =
    "# 1 \"unit.c\"\n"
    "# 1 \"/usr/include/pthread.h\" 1 3 4\n"
    "typedef struct { int a, b; long c[4]; } pthread_mutex_t;\n"
    "typedef struct { int a, b; long c[5]; } pthread_rwlock_t;\n"
    "typedef volatile int pthread_spinlock_t;\n"
    "typedef struct { long a[6]; } pthread_cond_t;\n"
    "struct timespec { long tv_sec, tv_nsec; };\n"
    "extern int pthread_mutex_init(pthread_mutex_t *m, const void *a);\n"
    "extern int pthread_mutex_lock(pthread_mutex_t *m);\n"
    "extern int pthread_mutex_trylock(pthread_mutex_t *m);\n"
    "extern int pthread_mutex_unlock(pthread_mutex_t *m);\n"
    "extern int pthread_cond_wait(pthread_cond_t *c, pthread_mutex_t *m);\n"
    "extern int pthread_rwlock_rdlock(pthread_rwlock_t *l);\n"
    "extern int pthread_rwlock_unlock(pthread_rwlock_t *l);\n"
    "extern int pthread_spin_lock(pthread_spinlock_t *l);\n"
    "extern int pthread_spin_unlock(pthread_spinlock_t *l);\n"
    "#define PTHREAD_MUTEX_INITIALIZER { 0, 0, { 0 } }\n"
    "# 2 \"unit.c\" 2\n";

static enum outcome run(struct unit *unit, const char **ret_reason)
{
    scan_text(&unit->text, &unit->scan);
    enum outcome outcome = unit_check_text(unit, ret_reason);
    if (outcome == OUTCOME_EDITED) outcome = unit_find(unit, "gnu17", ret_reason);
    if (outcome == OUTCOME_EDITED) outcome = unit_check(unit, ret_reason);
    return outcome;
}

/* Preprocessed text has no such directives left; sources as they are serve as a corpus. */
static void drop_includes(char *text)
{
    for (char *at = text; (at = strstr(at, "#include")) != NULL;) memcpy(at, "//", 2);
}

/* What is told must add up, and text is only added. */
static void check(const struct unit *unit)
{
    struct buffer edited = {0};
    size_t found, named, skipped;
    unit_counts(unit, &found, &named, &skipped);
    if (named > found || skipped > found) abort();
    unit_emit(unit, &edited);
    if (unit->sites.count == 0 && unit->creations.count == 0) return;
    if (edited.bytes == NULL || edited.length < unit->text.size || strlen(edited.bytes) > edited.length) abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct arena arena = {0};
    struct unit unit = {.arena = &arena, .source = "unit.c", .notes.arena = &arena};
    struct buffer content = {0};
    const char *reason = NULL;
    if (memchr(bytes, '\0', size) != NULL) return 0; /* libclang's business */
    buffer_add(&arena, &content, header, sizeof header - 1);
    buffer_add(&arena, &content, (const char *)bytes, size);
    drop_includes(content.bytes);
    text_wrap(&arena, content.bytes, content.length, &unit.text);
    unit.written = unit.text.bytes;
    unit.config.arena = &arena;
    enum outcome outcome = run(&unit, &reason);
    if (outcome == OUTCOME_EDITED) check(&unit);
    else if (outcome != OUTCOME_NOTHING && reason == NULL) abort();
    arena_free(&arena);
    return 0;
}

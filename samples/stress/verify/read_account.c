/* SPDX-License-Identifier: Apache-2.0 */
/* Reads an account and the marks in the source that it names. The format is described in samples/stress/account.c. */
#include "verify.h"

#include "base/say.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *basename_of(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash != NULL ? slash + 1 : path;
}

static FILE *open_or_die(const char *path)
{
    FILE *file = fopen(path, "r");

    if (file == NULL) mutray_die("cannot read %s: %s", path, strerror(errno));
    return file;
}

/* Every `!CREATE! variable` in the source is a lock, created on that line. */
static void read_marks(struct account *account, const char *path)
{
    static const char mark[] = "!CREATE! ";
    FILE *file = open_or_die(path);
    char *text = NULL;
    size_t capacity = 0, locks = 0;
    unsigned line = 0;

    account->source_file = mutray_strdup(basename_of(path));
    while (getline(&text, &capacity, file) >= 0) {
        char *found = strstr(text, mark), variable[128];

        line++;
        /* The mark itself is also spoken of in comments; it is one only with a name behind it. */
        if (found == NULL || sscanf(found + sizeof(mark) - 1, "%127[A-Za-z0-9_] */", variable) != 1) continue;
        if (strstr(found, "*/") == NULL) continue;
        account->locks = mutray_grow(account->locks, account->lock_count, &locks, sizeof(*account->locks));
        account->locks[account->lock_count++] =
            (struct lock){.variable = mutray_strdup(variable),
                          .name = mutray_format("%s:%u:%s", account->source_file, line, variable)};
    }
    free(text);
    fclose(file);
}

static void expect_lock(struct account *account, const char *variable, const char *path)
{
    for (size_t i = 0; i < account->lock_count; i++) {
        if (strcmp(account->locks[i].variable, variable) == 0) {
            account->locks[i].expected = true;
            return;
        }
    }
    mutray_die("%s: %s is expected but not marked in %s", path, variable, account->source_file);
}

/* One line; false if it is none that an account has. */
static bool read_fact(struct account *account, const char *text, const char *path, size_t *sections, size_t *waiters)
{
    char word[128], function[128], rest[256];
    unsigned long long wall_ns, entries, slept_ns;
    unsigned kind, microseconds;

    if (sscanf(text, "phase %llu %255[^\n]", &wall_ns, rest) == 2) {
        if (wall_ns > account->wall_ns) account->wall_ns = wall_ns;
    } else if (sscanf(text, "expect %127s", word) == 1) {
        expect_lock(account, word, path);
    } else if (sscanf(text, "contended %127s %255[^\n]", word, rest) == 2) {
        account->waiters = mutray_grow(account->waiters, account->waiter_count, waiters, sizeof(*account->waiters));
        account->waiters[account->waiter_count++] = (struct waiter){mutray_strdup(word), mutray_strdup(rest)};
    } else if (sscanf(text, "section %127s %127s %u %u %llu %llu", word, function, &kind, &microseconds, &entries,
                      &slept_ns) == 6 &&
               kind <= SECTION_AGAIN) {
        account->sections =
            mutray_grow(account->sections, account->section_count, sections, sizeof(*account->sections));
        account->sections[account->section_count++] = (struct section){mutray_strdup(word),
                                                                       mutray_strdup(function),
                                                                       (enum section_kind)kind,
                                                                       (uint64_t)microseconds * 1000,
                                                                       entries,
                                                                       slept_ns};
    } else {
        return strncmp(text, "thread ", 7) == 0;
    }
    return true;
}

void account_read(const char *path, struct account *ret_account)
{
    FILE *file = open_or_die(path);
    char *text = NULL, source[4096];
    size_t capacity = 0, sections = 0, waiters = 0;

    *ret_account = (struct account){0};
    if (getline(&text, &capacity, file) < 0 || sscanf(text, "source %4095[^\n]", source) != 1) {
        mutray_die("%s: not the account of a stress program", path);
    }
    read_marks(ret_account, source);
    while (getline(&text, &capacity, file) >= 0) {
        if (!read_fact(ret_account, text, path, &sections, &waiters)) mutray_die("%s: not understood: %s", path, text);
    }
    free(text);
    fclose(file);
}

const struct lock *account_lock_named(const struct account *account, const char *name)
{
    for (size_t i = 0; i < account->lock_count; i++) {
        if (strcmp(account->locks[i].name, name) == 0) return &account->locks[i];
    }
    return NULL;
}

const struct lock *account_lock(const struct account *account, const char *variable)
{
    for (size_t i = 0; i < account->lock_count; i++) {
        if (strcmp(account->locks[i].variable, variable) == 0) return &account->locks[i];
    }
    return NULL;
}

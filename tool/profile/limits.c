/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Limits for waits: `--max-wait 'conn.c:31:lock=5ms'`. A profile knows the longest wait within a factor of two
 * (exactly, if it was recorded alone); a limit counts as broken only when the wait certainly was longer, so there are
 * no false alarms. A limit for a lock that the profile does not have is an error: a check that cannot fail is none.
 */
#include "profile/compare.h"
#include "profile/names.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

/* By name, as shown, by declaration or by the bare variable; all may be shell patterns. */
static bool matches(const char *pattern, const struct mutray_lock_row *row)
{
    const char *words[] = {row->name, row->shown, row->declaration, mutray_names_variable(row->name)};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (fnmatch(pattern, words[i], 0) == 0) return true;
    }
    return false;
}

struct mutray_limit *mutray_limits_parse(const struct mutray_list *list)
{
    struct mutray_limit *limits = mutray_calloc(list->count, sizeof *limits);
    for (size_t i = 0; i < list->count; i++) {
        const char *text = list->items[i], *equals = strrchr(text, '=');
        if (equals == NULL || equals == text || mutray_duration_parse(equals + 1, &limits[i].most) < 0) {
            mutray_die("--max-wait wants LOCK=TIME, as in 'conn.c:31:lock=5ms' or '*=100us', not '%s'", text);
        }
        limits[i].text = text;
        limits[i].lock_length = (size_t)(equals - text);
    }
    return limits;
}

static size_t check(const struct mutray_table *table, const struct mutray_limit *limit)
{
    if (!table->buckets) mutray_die("--max-wait: the profile does not tell single waits; record it with mutray");
    char *pattern = mutray_format("%.*s", (int)limit->lock_length, limit->text);
    size_t found = 0, broken = 0;
    for (size_t i = 0; i < table->count; i++) {
        const struct mutray_lock_row *row = table->locks[i];
        if (!matches(pattern, row)) continue;
        found++;
        if (row->wait.longest_least <= limit->most) continue;
        broken++;
        mutray_warn("%s: a wait took at least %s, more than %s", row->shown,
                    mutray_duration(row->wait.longest_least).text, mutray_duration(limit->most).text);
    }
    if (found == 0) {
        mutray_die("--max-wait: no lock '%s' in the profile; check the name, or record with `mutray run --pct 100`",
                   pattern);
    }
    free(pattern);
    return broken;
}

size_t mutray_limits_check(const struct mutray_table *table, const struct mutray_limit *limits, size_t count)
{
    size_t broken = 0;
    for (size_t i = 0; i < count; i++) broken += check(table, &limits[i]);
    return broken;
}

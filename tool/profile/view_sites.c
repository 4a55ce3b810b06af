/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Under a lock: where threads wait for it, where it is held, and who waits for whom. The site of a hold is the call
 * that ends it, the release; the holder in a pair is the call that had taken the lock, as the waiting thread saw it.
 */
#include "profile/view.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { SHOWN = 5 }; /* of each block; the rest is summed up in a line */

static double wait_of(const struct mutray_part *part)
{
    return part->wait_ns;
}

static double hold_of(const struct mutray_part *part)
{
    return part->hold_ns;
}

static void print_part(const struct mutray_part *part, const char *label, double time, double count, double total,
                       FILE *out)
{
    fprintf(out, "    %-10s %8s %6s %7s x  ", label, mutray_duration(time).text,
            mutray_percent(100 * time / total).text, mutray_quantity(count).text);
    mutray_view_word(part->first, out);
    if (part->second[0] != '\0') {
        fputs(" <- ", out);
        mutray_view_word(part->second, out);
    }
    fputc('\n', out);
}

static int descending_hold(const void *a, const void *b)
{
    const struct mutray_part *x = *(struct mutray_part *const *)a, *y = *(struct mutray_part *const *)b;
    if (x->hold_ns != y->hold_ns) return x->hold_ns > y->hold_ns ? -1 : 1;
    return strcmp(x->first, y->first);
}

/* `parts` is in descending order of `time`. */
static void print_block(const struct mutray_parts *parts, const char *label, double (*time)(const struct mutray_part *),
                        FILE *out)
{
    double total = 0, rest = 0;
    size_t shown = 0, left = 0;
    for (size_t i = 0; i < parts->count; i++) total += time(parts->items[i]);
    for (size_t i = 0; i < parts->count; i++) {
        const struct mutray_part *part = parts->items[i];
        if (time(part) <= 0) continue;
        if (shown < SHOWN) {
            double count = time == hold_of ? part->releases : part->waits > 0 ? part->waits : part->acquires;
            print_part(part, shown++ == 0 ? label : "", time(part), count, total, out);
        } else {
            rest += time(part);
            left++;
        }
    }
    if (left > 0) fprintf(out, "    %-10s %8s  in %zu more\n", "", mutray_duration(rest).text, left);
}

void mutray_view_sites(const struct mutray_lock_row *lock, FILE *out)
{
    struct mutray_parts by_hold = {mutray_calloc(lock->sites.count, sizeof *by_hold.items), lock->sites.count};
    if (lock->sites.count > 0) memcpy(by_hold.items, lock->sites.items, lock->sites.count * sizeof *by_hold.items);
    qsort(by_hold.items, by_hold.count, sizeof *by_hold.items, descending_hold);
    print_block(&lock->sites, "waits at", wait_of, out);
    print_block(&by_hold, "held until", hold_of, out);
    print_block(&lock->pairs, "blocked by", wait_of, out);
    free(by_hold.items);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Is the site that a hint names still there? A hint is two plain stores of the program, made perhaps long ago by a module
 * that has been unloaded since, and its site must not be read then. So the site tables of attached units are listed here.
 *
 * The list is asked only once a unit has been detached, and only for the few calls that find a hint for their very lock.
 * Units come and go under the units' lock; readers walk the list without it. A slot is empty while its end is 0.
 */
#include "hints.h"

#define UNITS 4096 /* more units than this, and hints are no longer trusted once one has gone */

struct site_table {
    atomic_uintptr_t begin, end;
};

atomic_bool mutray__hints_may_be_stale;

static struct site_table tables[UNITS];
static atomic_uint table_count; /* slots ever used */

static void set(struct site_table *table, uintptr_t begin, uintptr_t end)
{
    atomic_store_explicit(&table->end, 0, memory_order_release);
    atomic_store_explicit(&table->begin, begin, memory_order_release);
    atomic_store_explicit(&table->end, end, memory_order_release);
}

void mutray__hints_attach(const struct mutray__unit *unit)
{
    unsigned count = atomic_load_explicit(&table_count, memory_order_relaxed), at = 0;
    while (at < count && atomic_load_explicit(&tables[at].end, memory_order_relaxed) != 0)
        at++;
    if (at == UNITS)
        return;
    set(&tables[at], (uintptr_t)unit->sites, (uintptr_t)(unit->sites + unit->site_count));
    if (at == count)
        atomic_store_explicit(&table_count, count + 1, memory_order_release);
}

void mutray__hints_detach(const struct mutray__unit *unit)
{
    unsigned count = atomic_load_explicit(&table_count, memory_order_relaxed);
    atomic_store_explicit(&mutray__hints_may_be_stale, true, memory_order_release);
    for (unsigned at = 0; at < count; at++)
        if (atomic_load_explicit(&tables[at].begin, memory_order_relaxed) == (uintptr_t)unit->sites)
            set(&tables[at], 0, 0);
}

bool mutray__site_is_attached(const struct mutray__site *site)
{
    unsigned count = atomic_load_explicit(&table_count, memory_order_acquire);
    uintptr_t address = (uintptr_t)site;
    for (unsigned at = 0; at < count; at++) {
        uintptr_t begin = atomic_load_explicit(&tables[at].begin, memory_order_acquire);
        if (address < begin || address >= atomic_load_explicit(&tables[at].end, memory_order_acquire))
            continue;
        return (address - begin) % sizeof *site == 0; /* another module may lie there now, its sites elsewhere */
    }
    return false;
}

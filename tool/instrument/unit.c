/* SPDX-License-Identifier: Apache-2.0 */
/* What everybody who adds to a unit, or asks about it, needs. */
#include "unit.h"

bool unit_has_site(struct unit *unit, const struct site *site)
{
    for (size_t i = unit->sites.count; i-- > 0;) {
        struct site *known = &unit->sites.items[i];
        bool kind = site->kind <= SITE_DESCRIBED ? known->kind <= SITE_DESCRIBED : known->kind == site->kind;
        if (!kind || known->spelled != site->spelled || (site->macro && known->begin != site->begin)) continue;
        if (site->macro && known->named.lock != site->named.lock) {
            unit->ambiguous = true;
            known->named = (struct named){.lock = -1, .variable = "", .pointer = true};
        }
        return true;
    }
    return false;
}

void unit_skip(struct unit *unit, struct place place, const char *name, const char *reason)
{
    *LIST_ADD(&unit->skips, unit->arena) = (struct skip){place, name, reason};
}

void unit_counts(const struct unit *unit, size_t *ret_found, size_t *ret_named, size_t *ret_skipped)
{
    *ret_found = unit->sites.count + unit->skips.count;
    *ret_named = 0;
    *ret_skipped = unit->skips.count;
    for (size_t i = 0; i < unit->sites.count; i++) {
        if (unit->sites.items[i].kind > SITE_DESCRIBED) --*ret_found;
        else *ret_named += unit->sites.items[i].named.variable[0] != '\0';
    }
}

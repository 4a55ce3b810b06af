/* SPDX-License-Identifier: Apache-2.0 */
/* Options of every command that shows a table of locks. */
#ifndef MUTRAY_CMD_VIEW_OPTIONS_H
#define MUTRAY_CMD_VIEW_OPTIONS_H

#include "base/options.h"
#include "profile/view.h"

/* The rows for a `struct mutray_view` with static storage. */
#define MUTRAY_VIEW_OPTIONS(view) \
    {"sites", 's', MUTRAY_FLAG, &(view).sites, NULL, "under each lock, who waits and holds where, and for whom"}, \
    {"sort", 'k', MUTRAY_TEXT, &(view).sort, "FIELD", "order by this field (wait_total)"}, \
    {"fields", 'f', MUTRAY_TEXT, &(view).fields, "LIST", "these fields; +a,b adds; `all`; `help` lists them"}, \
    {"top", 'n', MUTRAY_COUNT, &(view).top, "N", "only the first N locks"}, \
    {"filter", 0, MUTRAY_TEXT, &(view).filter, "REGEX", "only locks whose name or declaration matches"}

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A lock's name ends in the bare variable, as Datadog's form has it, and 60 % of the variables in real programs are
 * words like "lock". Where the variable is such a word, or two locks of the table share it, people are shown the
 * declaration in its place: "pool.c:31:lock" becomes "pool.c:31:conn_queue.lock".
 */
#include "profile/names.h"

#include <stdlib.h>
#include <string.h>
#include <uthash.h>

static const char *const generic[] = {"access", "cs",       "guard",  "l",      "latch",  "lck",      "lk",
                                      "lock",   "lock_",    "locker", "m",      "mtx",    "mu",       "mut",
                                      "mutex",  "mutex_",   "mx",     "plock",  "pmutex", "q",        "rw",
                                      "rwl",    "rwlock",   "sema",   "slock",  "spin",   "spinlock", "state_lock",
                                      "sync",   "the_lock", "_lock",  "_mutex", "m_lock", "m_mutex"};

static bool is_generic(const char *variable)
{
    for (size_t i = 0; i < sizeof generic / sizeof generic[0]; i++) {
        if (strcmp(generic[i], variable) == 0) return true;
    }
    return false;
}

const char *mutray_names_variable(const char *name)
{
    const char *colon = strrchr(name, ':');
    return colon != NULL ? colon + 1 : name;
}

bool mutray_names_unknown(const struct mutray_lock_row *row)
{
    return strncmp(row->name, "unknown:", 8) == 0;
}

/* A variable, and the first row that has it. */
struct variable {
    const char *text;
    const struct mutray_lock_row *first;
    bool ambiguous; /* another lock has it too */
    UT_hash_handle hh;
};

static struct variable *find_variables(const struct mutray_table *table)
{
    struct variable *variables = NULL;
    for (size_t i = 0; i < table->count; i++) {
        const struct mutray_lock_row *row = table->locks[i];
        const char *text = mutray_names_variable(row->name);
        struct variable *variable;
        HASH_FIND_STR(variables, text, variable);
        if (variable == NULL) {
            variable = mutray_calloc(1, sizeof *variable);
            variable->text = text;
            variable->first = row;
            HASH_ADD_KEYPTR(hh, variables, variable->text, strlen(variable->text), variable);
        } else if (strcmp(variable->first->name, row->name) != 0 ||
                   strcmp(variable->first->declaration, row->declaration) != 0) {
            variable->ambiguous = true;
        }
    }
    return variables;
}

void mutray_names_show(struct mutray_table *table)
{
    struct variable *variables = find_variables(table), *variable, *next;
    for (size_t i = 0; i < table->count; i++) {
        struct mutray_lock_row *row = table->locks[i];
        const char *text = mutray_names_variable(row->name);
        const char *end = text;
        HASH_FIND_STR(variables, text, variable);
        if (row->declaration[0] != '\0' && (variable->ambiguous || is_generic(text))) end = row->declaration;
        row->shown = mutray_format("%.*s%s%s%s%s", (int)(text - row->name), row->name, end,
                                   row->mode[0] != '\0' ? " (" : "", row->mode, row->mode[0] != '\0' ? ")" : "");
    }
    HASH_ITER (hh, variables, variable, next) {
        HASH_DEL(variables, variable);
        free(variable);
    }
}

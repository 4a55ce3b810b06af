/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A variable whose name is misspelt does nothing and says nothing. So every variable that looks as if it were meant for a
 * lock profiler, and is not one that mutray reads, is told: as wrong if it is nearly one of them, else as not read. Most
 * variables that begin with DD_ are for Datadog's tracers and have every right to be there.
 */
#include "doctor.h"

#include "base/options.h"
#include "base/say.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

/* All that mutray reads: the runtime's, and those of mutray cc (docs/configuration.md, "The build"). */
static const char *const known[] = {
#define MUTRAY_OPTION(type, name, field, fallback, low, high, meaning) #name,
#include "options.def"
#undef MUTRAY_OPTION
    "MUTRAY_CC_LOG", "MUTRAY_EDIT", NULL};

static bool begins(const char *name, const char *prefix)
{
    return strncasecmp(name, prefix, strlen(prefix)) == 0;
}

static bool is_known(const char *name)
{
    for (const char *const *k = known; *k != NULL; k++)
        if (strcmp(name, *k) == 0) return true;
    return false;
}

/* Two letters may be wrong, one in a short name. What is wrong in small letters is not a letter. */
static const char *nearest(const char *name)
{
    char *upper = mutray_strdup(name);
    for (char *c = upper; *c != '\0'; c++)
        if (*c >= 'a' && *c <= 'z') *c = (char)(*c - 'a' + 'A');
    const char *near = mutray_nearest_within(upper, known, strlen(name) > 12 ? 2 : 1);
    free(upper);
    return near;
}

static void look_at(struct doctor *doctor, const char *name)
{
    const char *near = nearest(name);
    if (near != NULL)
        doctor_add(doctor, DOCTOR_configuration, DOCTOR_BAD, name, "is not a variable of mutray; did you mean %s?", near);
    else if (begins(name, "MUTRAY_") || begins(name, "DD_PROFILING_"))
        doctor_add(doctor, DOCTOR_configuration, DOCTOR_NOTE, name,
                   "is set, but mutray does not read it; docs/configuration.md lists what it reads");
}

void doctor_check_misspelt(struct doctor *doctor)
{
    for (char **variable = environ; *variable != NULL; variable++) {
        size_t length = strcspn(*variable, "=");
        if (!begins(*variable, "DD_") && !begins(*variable, "DDPROF") && !begins(*variable, "MUTR")) continue;
        char *name = mutray_format("%.*s", (int)length, *variable);
        if (!is_known(name)) look_at(doctor, name);
        free(name);
    }
}

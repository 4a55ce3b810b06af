/* SPDX-License-Identifier: Apache-2.0 */
/* Files for dependencies that the environment names: see dependencies.h. */
#include "dependencies.h"

#include "base/say.h"

#include <stdlib.h>

static struct variable {
    const char *name;
    char *value;
} variables[] = {{"DEPENDENCIES_OUTPUT", NULL}, {"SUNPRO_DEPENDENCIES", NULL}};

enum { VARIABLES = sizeof variables / sizeof variables[0] };

void dependencies_hide(void)
{
    for (int i = 0; i < VARIABLES; i++) {
        const char *value = getenv(variables[i].name);
        if (value == NULL) continue;
        variables[i].value = mutray_strdup(value);
        unsetenv(variables[i].name);
    }
}

bool dependencies_show(void)
{
    bool any = false;
    for (int i = 0; i < VARIABLES; i++)
        if (variables[i].value != NULL) any = setenv(variables[i].name, variables[i].value, 1) == 0;
    return any;
}

void dependencies_done(void)
{
    for (int i = 0; i < VARIABLES; i++) {
        unsetenv(variables[i].name);
        variables[i].value = NULL;
    }
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The environment as the runtime takes it: every variable of options.def with its effective value, read by the
 * runtime's own parser, so that the two cannot differ. Secrets are not shown: of the key its length, of a URL not its
 * credentials.
 */
#include "doctor.h"

#include "base/say.h"

#include <stdlib.h>
#include <string.h>

/* What the parser complained about, for the variable being looked at. */
static struct complaint {
    const char *name, *expected;
} complaints[64];
static size_t complaint_count;

static void remember(const char *name, const char *value, const char *expected)
{
    (void)value;
    if (complaint_count < sizeof complaints / sizeof complaints[0])
        complaints[complaint_count++] = (struct complaint){name, expected};
}

static const char *complaint_about(const char *name)
{
    for (size_t i = 0; i < complaint_count; i++)
        if (strcmp(complaints[i].name, name) == 0) return complaints[i].expected;
    return NULL;
}

static char *show_FLAG(bool value)
{
    return mutray_strdup(value ? "true" : "false");
}

static char *show_NUMBER(double value)
{
    return mutray_format("%g", value);
}

static char *show_COUNT(unsigned value)
{
    return mutray_format("%u", value);
}

/* Without what stands between "://" and the last '@' before the path. */
static char *show_TEXT(const char *value)
{
    const char *host = strstr(value, "://"), *at = NULL;
    if (host == NULL) return mutray_strdup(value);
    host += 3;
    for (const char *c = host; *c != '\0' && *c != '/'; c++)
        if (*c == '@') at = c;
    return at == NULL ? mutray_strdup(value) : mutray_format("%.*s***%s", (int)(host - value), value, at);
}

static void report(struct doctor *doctor, const char *name, char *shown)
{
    const char *set = getenv(name), *complaint = complaint_about(name);
    bool is_set = set != NULL && set[0] != '\0';
    if (strcmp(name, "DD_API_KEY") == 0 && shown[0] != '\0') {
        char *masked = mutray_format("******** (%zu characters)", strlen(shown));
        free(shown);
        shown = masked;
    }
    if (complaint != NULL)
        doctor_add(doctor, DOCTOR_configuration, DOCTOR_BAD, name, "is not %s; %s is used: correct it, or unset it",
                   complaint, shown);
    else
        doctor_add(doctor, DOCTOR_configuration, is_set ? DOCTOR_GOOD : DOCTOR_DEFAULT, name, "%s", shown);
    free(shown);
}

/* As the runtime decides it (options.c), with profiling on: that is what the self-test does. */
static void decide_upload(struct doctor *doctor)
{
    struct mutray__options with_file = doctor->options;
    const char *problem = NULL;
    with_file.enabled = true;
    with_file.output_prefix = "file"; /* then only a destination that was named counts */
    doctor->wants_upload = mutray__options_upload(&with_file) ||
                           (doctor->options.enabled && doctor->options.output_prefix[0] == '\0');
    doctor->can_upload =
        doctor->wants_upload && mutray__destination_find(&doctor->options, &doctor->where, &problem) == 0;
    if (doctor->wants_upload && !doctor->can_upload)
        doctor_add(doctor, DOCTOR_configuration, DOCTOR_BAD, "destination", "%s", problem);
}

void doctor_check_configuration(struct doctor *doctor)
{
    if (mutray__options_read(remember, &doctor->options) < 0) mutray_die("out of memory");
#define MUTRAY_OPTION(type, name, field, fallback, low, high, meaning)                                                 \
    report(doctor, #name, show_##type(doctor->options.field));
#include "options.def"
#undef MUTRAY_OPTION
    if (mutray__options_on())
        doctor_add(doctor, DOCTOR_configuration, DOCTOR_GOOD, "profiling",
                   "on, for programs started from here that are instrumented");
    else
        doctor_add(doctor, DOCTOR_configuration, DOCTOR_NOTE, "profiling",
                   "off here%s; `mutray run` turns it on for one program, DD_PROFILING_ENABLED=true for all",
                   doctor->options.disable         ? " by MUTRAY_DISABLE"
                   : !doctor->options.lock_enabled ? " by DD_PROFILING_LOCK_ENABLED"
                                                   : "");
    if (doctor->options.spool && doctor->options.output_prefix[0] == '\0')
        doctor_add(doctor, DOCTOR_configuration, DOCTOR_BAD, "spool",
                   "MUTRAY_SPOOL needs DD_PROFILING_OUTPUT_PPROF, which says where it is to be: set that too");
    doctor_check_misspelt(doctor);
    decide_upload(doctor);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading the environment. secure_getenv() throughout, so that a set-user-ID program cannot be made to write files or
 * open connections by whoever starts it. A value that cannot be used is replaced by its default and reported to the
 * caller, who decides whether anybody hears of it. Texts are copied, because the program may change its environment.
 */
#include "options.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* An empty variable counts as unset, as everywhere in Datadog's clients. */
static const char *lookup(const char *name)
{
    const char *value = secure_getenv(name);
    return value != NULL && value[0] != '\0' ? value : NULL;
}

int mutray__parse_flag(const char *text, bool *ret)
{
    static const char *const words[2][5] = {{"0", "false", "no", "off", NULL}, {"1", "true", "yes", "on", "auto"}};
    for (int truth = 0; truth < 2; truth++)
        for (int i = 0; i < 5; i++)
            if (words[truth][i] != NULL && strcasecmp(text, words[truth][i]) == 0) {
                *ret = truth;
                return 0;
            }
    return -EINVAL;
}

static int parse_number(const char *text, double *ret)
{
    char *end;
    double number = strtod(text, &end);
    while (isspace((unsigned char)*end))
        end++;
    if (end == text || *end != '\0' || !isfinite(number))
        return -EINVAL;
    *ret = number;
    return 0;
}

static void read_flag(const char *name, double low, double high, mutray__complain complain, bool *field)
{
    (void)low, (void)high;
    const char *value = lookup(name);
    if (value != NULL && mutray__parse_flag(value, field) < 0 && complain != NULL)
        complain(name, value, "true or false");
}

static void read_number(const char *name, double low, double high, mutray__complain complain, double *field)
{
    const char *value = lookup(name);
    double number;
    if (value == NULL)
        return;
    if (parse_number(value, &number) == 0 && number >= low && number <= high)
        *field = number;
    else if (complain != NULL)
        complain(name, value, "a number within its bounds");
}

static void read_count(const char *name, double low, double high, mutray__complain complain, unsigned *field)
{
    const char *value = lookup(name);
    char *end;
    if (value == NULL)
        return;
    long long number = strtoll(value, &end, 10); /* what overflows becomes the nearer bound, as it should */
    if (end == value || *end != '\0') {
        if (complain != NULL)
            complain(name, value, "a whole number");
        return;
    }
    if ((number < low || number > high) && complain != NULL)
        complain(name, value, "a number within its bounds; the nearest is used");
    *field = (unsigned)(number < low ? low : number > high ? high : number);
}

static void read_text(const char *name, double low, double high, mutray__complain complain, const char **field)
{
    (void)low, (void)high, (void)complain;
    const char *value = lookup(name);
    *field = strdup(value != NULL ? value : *field);
}

#define READ_FLAG read_flag
#define READ_NUMBER read_number
#define READ_COUNT read_count
#define READ_TEXT read_text

#define GONE_FLAG(field) false
#define GONE_NUMBER(field) false
#define GONE_COUNT(field) false
#define GONE_TEXT(field) ((field) == NULL)

int mutray__options_read(mutray__complain complain, struct mutray__options *ret)
{
    bool out_of_memory = false;
#define MUTRAY_OPTION(type, name, field, fallback, low, high, meaning)                                                 \
    ret->field = fallback;                                                                                             \
    READ_##type(#name, low, high, complain, &ret->field);                                                              \
    out_of_memory |= GONE_##type(ret->field);
#include "options.def"
#undef MUTRAY_OPTION
    ret->interval_given = lookup("DD_PROFILING_UPLOAD_INTERVAL") != NULL;
    if (!out_of_memory)
        return 0;
    mutray__options_free(ret);
    return -ENOMEM;
}

#define FREE_FLAG(field)
#define FREE_NUMBER(field)
#define FREE_COUNT(field)
#define FREE_TEXT(field) free((char *)(field));

void mutray__options_free(struct mutray__options *options)
{
#define MUTRAY_OPTION(type, name, field, fallback, low, high, meaning) FREE_##type(options->field)
#include "options.def"
#undef MUTRAY_OPTION
}

/* A prefix alone turns profiling on; DD_PROFILING_ENABLED has the last word. */
bool mutray__options_on(void)
{
    bool disable = false, enabled = lookup("DD_PROFILING_OUTPUT_PPROF") != NULL, locks = true;
    read_flag("MUTRAY_DISABLE", 0, 1, NULL, &disable);
    read_flag("DD_PROFILING_ENABLED", 0, 1, NULL, &enabled);
    read_flag("DD_PROFILING_LOCK_ENABLED", 0, 1, NULL, &locks);
    return !disable && locks && enabled;
}

/* Datadog's Python client never uploads when the prefix is set; mutray does if it was told where to. */
bool mutray__options_upload(const struct mutray__options *options)
{
    if (!options->enabled)
        return false;
    return options->output_prefix[0] == '\0' || options->agent_url[0] != '\0' || options->agent_host[0] != '\0' ||
           options->trace_agent_host[0] != '\0' || options->agent_port[0] != '\0' ||
           options->trace_agent_port[0] != '\0' || options->api_key[0] != '\0' || options->push_url[0] != '\0';
}

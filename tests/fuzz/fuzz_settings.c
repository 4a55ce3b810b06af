/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any values of the environment variables of options.def: a line is the variable's number and its value. From them come
 * the address and the event of an upload, which must be JSON, and contain nothing that could be another header.
 */
#include "destination.h"
#include "event.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static const char *const names[] = {
#define MUTRAY_OPTION(type, name, field, fallback, low, high, meaning) #name,
#include "options.def"
#undef MUTRAY_OPTION
};
enum { NAMES = sizeof names / sizeof names[0] };

static void demand(bool holds)
{
    if (!holds) abort();
}

static void complain(const char *name, const char *value, const char *expected)
{
    demand(name != NULL && value != NULL && expected != NULL);
}

/* Letters choose the variable. */
static void set_environment(char *text)
{
    for (size_t i = 0; i < NAMES; i++) unsetenv(names[i]);
    for (char *line = strtok(text, "\n"); line != NULL; line = strtok(NULL, "\n"))
        if (line[0] >= 'A' && line[0] - 'A' < NAMES) setenv(names[line[0] - 'A'], line + 1, 1);
}

static bool is_plain(const char *text)
{
    for (; *text != '\0'; text++)
        if ((unsigned char)*text < ' ' || *text == 0x7f) return false;
    return true;
}

static void check_event(const struct mutray__options *options)
{
    static struct mutray__identity identity;
    const struct mutray__upload_profile profile = {.start_ns = 1, .end_ns = 2};
    const struct mutray__shipment event = {
        .options = options, .identity = &identity, .program = "program", .profiler_version = "1", .pid = 1,
        .profile = &profile};
    if (identity.runtime_id[0] == '\0') mutray__identity_find("program", "", &identity);
    char *text = mutray__event_json(&event);
    demand(text != NULL);
    json_t *json = json_loads(text, 0, NULL);
    demand(json_is_string(json_object_get(json, "tags_profiler")) && json_is_string(json_object_get(json, "family")));
    json_decref(json);
    free(text);
}

/* What the kernel says of a container, and what becomes of any text in a tag. */
static void check_texts(const char *text)
{
    char value[128], id[128], path[4096];
    mutray__normalise_tag_value(text, sizeof value, value);
    demand(strlen(value) <= 100 && is_plain(value));
    mutray__container_id(text, sizeof id, id);
    demand(strlen(id) < sizeof id);
    mutray__cgroup_path(text, sizeof path, path);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct mutray__options options;
    struct mutray__destination destination;
    const char *problem = NULL;
    char where[1100];
    char *text = strndup((const char *)bytes, size);
    check_texts(text);
    set_environment(text);
    demand(mutray__options_read(complain, &options) == 0);
    mutray__options_on();
    mutray__options_upload(&options);
    if (mutray__destination_find(&options, &destination, &problem) < 0) {
        demand(problem != NULL);
    } else {
        demand(is_plain(destination.url) && strstr(destination.url, "://") != NULL);
        mutray__destination_show(&destination, sizeof where, where);
    }
    check_event(&options);
    mutray__options_free(&options);
    free(text);
    return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Both tools take what their gRPC services take as JSON over HTTP too, so nothing but libcurl is needed. Both know a
 * series of profiles by labels, whose names are letters, digits and underscores; the tags that describe the service
 * become labels, those that would make a new series of every process do not.
 *
 *   Pyroscope  push.v1.PushRequest      {series: [{labels: [{name, value}], samples: [{rawProfile, ID}]}]}
 *   Parca      WriteRawRequest          {series: [{labels: {labels: [{name, value}]}, samples: [{rawProfile}]}]}
 */
#include "push.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "relabel.h"

char *mutray__base64(const void *bytes, size_t size)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const unsigned char *in = bytes;
    char *text = malloc((size + 2) / 3 * 4 + 1), *out = text;
    if (text == NULL)
        return NULL;
    for (size_t i = 0; i < size; i += 3) {
        unsigned long three = (unsigned long)in[i] << 16;
        if (i + 1 < size)
            three |= (unsigned long)in[i + 1] << 8;
        if (i + 2 < size)
            three |= in[i + 2];
        *out++ = digits[three >> 18];
        *out++ = digits[three >> 12 & 63];
        *out++ = i + 1 < size ? digits[three >> 6 & 63] : '=';
        *out++ = i + 2 < size ? digits[three & 63] : '=';
    }
    *out = '\0';
    return text;
}

static void add_label(json_t *labels, const char *name, const char *value)
{
    json_t *label = json_object();
    json_object_set_new(label, "name", mutray__json_text(name));
    json_object_set_new(label, "value", mutray__json_text(value));
    json_array_append_new(labels, label);
}

/* These say who is profiled; the others of Datadog's tags change with every process or say nothing here. */
static const struct {
    const char *tag, *label;
} told[] = {{"service", "service_name"}, {"env", "env"}, {"version", "version"}, {"host", "host"}};
#define TOLD (sizeof told / sizeof told[0])

static void add_known(const char *key, const char *value, void *labels)
{
    for (size_t i = 0; i < TOLD; i++)
        if (strcmp(key, told[i].tag) == 0)
            add_label(labels, told[i].label, value);
}

/* Two labels of one name are refused, so a user's tag gives way. */
static void add_users(const char *key, const char *value, void *labels)
{
    char name[MUTRAY__LONGEST_TAG + 1];
    size_t i = 0;
    for (; key[i] != '\0'; i++)
        name[i] = isalnum((unsigned char)key[i]) ? key[i] : '_';
    name[i] = '\0';
    for (size_t known = 0; known < TOLD; known++)
        if (strcmp(name, told[known].label) == 0 || strcmp(name, told[known].tag) == 0)
            return;
    add_label(labels, name, value);
}

static json_t *make_labels(const struct mutray__shipment *event)
{
    struct mutray__tags tags, users = {.length = 0};
    json_t *labels = json_array();
    mutray__event_tags(event, &tags);
    mutray__tags_add_list(&users, event->options->profiling_tags);
    mutray__tags_add_list(&users, event->options->tags);
    add_label(labels, "__name__", "mutex");
    mutray__tags_each(&tags, add_known, labels);
    mutray__tags_each(&users, add_users, labels);
    return labels;
}

/* With keys that Pyroscope takes. A profile that cannot be read is the receiver's to refuse. */
static char *encode_profile(const struct mutray__upload_profile *profile, enum mutray__destination_kind kind)
{
    void *relabelled;
    size_t size;
    if (kind != MUTRAY__TO_PYROSCOPE || mutray__relabel(profile->bytes, profile->size, &relabelled, &size) < 0)
        return mutray__base64(profile->bytes, profile->size);
    char *base64 = mutray__base64(relabelled, size);
    free(relabelled);
    return base64;
}

char *mutray__push_json(enum mutray__destination_kind kind, const struct mutray__shipment *event)
{
    char *base64 = encode_profile(event->profile, kind);
    if (base64 == NULL)
        return NULL;
    json_t *root = json_object(), *series = json_object(), *sample = json_object(), *labels = make_labels(event);
    if (kind == MUTRAY__TO_PARCA) {
        json_t *set = json_object();
        json_object_set_new(set, "labels", labels);
        labels = set;
    }
    json_object_set_new(sample, "rawProfile", json_string(base64));
    if (kind == MUTRAY__TO_PYROSCOPE)
        json_object_set_new(sample, "ID", json_string(event->identity->runtime_id));
    json_object_set_new(series, "labels", labels);
    json_object_set_new(series, "samples", json_pack("[o]", sample));
    json_object_set_new(root, "series", json_pack("[o]", series));
    free(base64);
    char *text = json_dumps(root, JSON_COMPACT);
    json_decref(root);
    return text;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One bad tag makes libdatadog refuse to start, and with it the profiler; ddprof leaves the tag out. mutray does as
 * ddprof does: a key begins with a letter, a tag has at most 200 bytes of letters, digits and _ - . / \ : and no more.
 */
#include "tags.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static bool is_tag_character(char c)
{
    return isalnum((unsigned char)c) || (c != '\0' && strchr("_-.:/\\", c) != NULL);
}

static bool has_key(const struct mutray__tags *tags, const char *key)
{
    size_t length = strlen(key);
    for (const char *at = tags->text; at != NULL && *at != '\0';) {
        if (strncmp(at, key, length) == 0 && at[length] == ':')
            return true;
        at = strchr(at, ',');
        at = at == NULL ? NULL : at + 1;
    }
    return false;
}

/* The value may come from DD_SERVICE and the like: what no tag may hold becomes an underscore. */
void mutray__tags_add(struct mutray__tags *tags, const char *key, const char *value)
{
    char tag[MUTRAY__LONGEST_TAG + 1];
    size_t room = sizeof tags->text - tags->length, key_length = strlen(key);
    if (tags->length == 0)
        tags->text[0] = '\0';
    if (value[0] == '\0' || has_key(tags, key) || key_length + 2 > sizeof tag)
        return;
    snprintf(tag, sizeof tag, "%s:%s", key, value);
    for (char *at = tag + key_length + 1; *at != '\0'; at++)
        if (!is_tag_character(*at) && !((unsigned char)*at & 0x80))
            *at = '_';
    for (size_t end = strlen(tag); end > key_length + 1 && tag[end - 1] == ':'; end--)
        tag[end - 1] = '\0';
    if (tag[key_length + 1] == '\0' || strlen(tag) + 2 > room)
        return;
    tags->length += (size_t)sprintf(tags->text + tags->length, "%s%s", tags->length == 0 ? "" : ",", tag);
}

void mutray__tags_add_number(struct mutray__tags *tags, const char *key, long long value)
{
    char text[24];
    snprintf(text, sizeof text, "%lld", value);
    mutray__tags_add(tags, key, text);
}

static void add_one(struct mutray__tags *tags, const char *text, size_t length)
{
    char tag[MUTRAY__LONGEST_TAG + 1];
    while (length > 0 && isspace((unsigned char)text[0]))
        text++, length--;
    while (length > 0 && isspace((unsigned char)text[length - 1]))
        length--;
    if (length == 0 || length >= sizeof tag || !isalpha((unsigned char)text[0]))
        return;
    memcpy(tag, text, length);
    tag[length] = '\0';
    for (const char *at = tag; *at != '\0'; at++)
        if (!is_tag_character(*at) && !((unsigned char)*at & 0x80))
            return;
    char *colon = strchr(tag, ':');
    if (colon == NULL || tag[length - 1] == ':')
        return;
    *colon = '\0';
    mutray__tags_add(tags, tag, colon + 1);
}

void mutray__tags_add_list(struct mutray__tags *tags, const char *list)
{
    char separator = strchr(list, ',') != NULL ? ',' : ' ';
    while (*list != '\0') {
        const char *end = strchr(list, separator);
        size_t length = end == NULL ? strlen(list) : (size_t)(end - list);
        add_one(tags, list, length);
        list += length + (end != NULL);
    }
}

void mutray__tags_each(const struct mutray__tags *tags,
                       void (*visit)(const char *key, const char *value, void *context), void *context)
{
    char tag[MUTRAY__LONGEST_TAG + 1];
    for (size_t at = 0; at < tags->length;) {
        size_t length = strcspn(tags->text + at, ",");
        memcpy(tag, tags->text + at, length);
        tag[length] = '\0';
        char *colon = strchr(tag, ':');
        *colon = '\0';
        visit(tag, colon + 1, context);
        at += length + 1;
    }
}

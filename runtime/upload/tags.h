/* SPDX-License-Identifier: Apache-2.0 */
/* Lists of tags: `key:value,key:value`. */
#ifndef MUTRAY_TAGS_H
#define MUTRAY_TAGS_H

#include <stddef.h>

#define MUTRAY__LONGEST_TAG 200

/* What does not fit is left out whole. */
struct mutray__tags {
    size_t length;
    char text[16384];
};

/* Adds a tag unless the value is empty or the key is there already: the first one wins. */
void mutray__tags_add(struct mutray__tags *tags, const char *key, const char *value);
void mutray__tags_add_number(struct mutray__tags *tags, const char *key, long long value);
/*
 * Adds what a user wrote in DD_TAGS: separated by commas if there is one, else by spaces, split at the first colon. A
 * tag that Datadog would refuse is left out, and only that one.
 */
void mutray__tags_add_list(struct mutray__tags *tags, const char *list);
/* Calls back for each tag in turn. */
void mutray__tags_each(const struct mutray__tags *tags,
                       void (*visit)(const char *key, const char *value, void *context), void *context);

#endif

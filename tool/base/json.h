/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writing JSON, piece by piece, to a stream. Commas and indentation are kept by the writer; text is made valid UTF-8 on
 * the way (names in a profile are any bytes), numbers are written so that they read back exactly.
 *
 *     struct mutray_json json = {.out = stdout};
 *     mutray_json_open(&json, NULL, '{');
 *     mutray_json_text(&json, "name", "cache.c:12:lock");
 *     mutray_json_close(&json, '}');
 */
#ifndef MUTRAY_BASE_JSON_H
#define MUTRAY_BASE_JSON_H

#include <stdbool.h>
#include <stdio.h>

struct mutray_json {
    FILE *out;
    int depth;
    bool follows; /* something stands before on this level */
    bool in_page; /* goes into a <script> of a page: no white space, and no text can end the script */
};

/* `key` is null inside an array and at the top. */
void mutray_json_open(struct mutray_json *json, const char *key, char bracket);
void mutray_json_close(struct mutray_json *json, char bracket);
void mutray_json_text(struct mutray_json *json, const char *key, const char *text);
void mutray_json_number(struct mutray_json *json, const char *key, double number); /* not finite: null */
void mutray_json_bool(struct mutray_json *json, const char *key, bool value);

#endif

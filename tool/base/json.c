/* SPDX-License-Identifier: Apache-2.0 */
/* A streaming JSON writer. Why not a library: pages of hundreds of MB need no tree, and invalid UTF-8 must not fail. */
#include "base/json.h"

#include <math.h>
#include <string.h>

/* The length of a valid UTF-8 sequence at `s`, or 0: overlong forms, surrogates and beyond U+10FFFF are not valid. */
static int utf8_length(const unsigned char *s)
{
    if (s[0] < 0x80) return 1;
    int length = s[0] >= 0xc2 && s[0] <= 0xdf   ? 2
                 : s[0] >= 0xe0 && s[0] <= 0xef ? 3
                 : s[0] >= 0xf0 && s[0] <= 0xf4 ? 4
                                                : 0;
    for (int i = 1; i < length; i++) {
        if ((s[i] & 0xc0) != 0x80) return 0;
    }
    if ((s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] > 0x9f)) return 0;
    if ((s[0] == 0xf0 && s[1] < 0x90) || (s[0] == 0xf4 && s[1] > 0x8f)) return 0;
    return length;
}

/* U+2028 and U+2029 end a line in older JavaScript. */
static bool ends_line(const unsigned char *s)
{
    return s[0] == 0xe2 && s[1] == 0x80 && (s[2] & 0xfe) == 0xa8;
}

static void write_string(const struct mutray_json *json, const char *text)
{
    FILE *out = json->out;
    const unsigned char *s = (const unsigned char *)text;
    fputc('"', out);
    while (*s != '\0') {
        int length = utf8_length(s);
        if (length == 0) {
            fputs("\\ufffd", out);
            length = 1;
        } else if (*s == '"' || *s == '\\') {
            fprintf(out, "\\%c", *s);
        } else if (json->in_page && ends_line(s)) {
            fprintf(out, "\\u%04x", 0x2000 + (s[2] & 0x3f));
        } else if (*s < ' ' || *s == 127 || (json->in_page && strchr("<>&'", *s) != NULL)) {
            fprintf(out, "\\u%04x", *s);
        } else {
            fwrite(s, 1, (size_t)length, out);
        }
        s += length;
    }
    fputc('"', out);
}

static void begin(struct mutray_json *json, const char *key)
{
    if (json->follows) fputc(',', json->out);
    if (json->depth > 0 && !json->in_page) fprintf(json->out, "\n%*s", json->depth * 2, "");
    if (key != NULL) {
        write_string(json, key);
        fputs(json->in_page ? ":" : ": ", json->out);
    }
    json->follows = true;
}

void mutray_json_open(struct mutray_json *json, const char *key, char bracket)
{
    begin(json, key);
    fputc(bracket, json->out);
    json->depth++;
    json->follows = false;
}

void mutray_json_close(struct mutray_json *json, char bracket)
{
    json->depth--;
    if (json->follows && !json->in_page) fprintf(json->out, "\n%*s", json->depth * 2, "");
    fputc(bracket, json->out);
    json->follows = true;
    if (json->depth == 0) fputc('\n', json->out);
}

void mutray_json_text(struct mutray_json *json, const char *key, const char *text)
{
    begin(json, key);
    write_string(json, text);
}

void mutray_json_number(struct mutray_json *json, const char *key, double number)
{
    begin(json, key);
    if (!isfinite(number)) {
        fputs("null", json->out);
    } else if (number == floor(number) && fabs(number) < 1e15) {
        fprintf(json->out, "%.0f", number == 0 ? 0.0 : number); /* never -0 */
    } else {
        fprintf(json->out, "%.15g", number);
    }
}

void mutray_json_bool(struct mutray_json *json, const char *key, bool value)
{
    begin(json, key);
    fputs(value ? "true" : "false", json->out);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Reading what object code says about its instrumentation: see records.h. */
#include "records.h"

#include "base/say.h"
#include "sections.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char *copy(const char *from, size_t size)
{
    return mutray_format("%.*s", (int)size, from);
}

/* SOURCE may have spaces, so the words behind it are looked for. */
static bool parse_unit(const char *text, struct unit_record *ret_unit)
{
    static const char plain[] = " plain reason=", instrumented[] = " instrumented found=";
    const char *at = strstr(text, plain);
    *ret_unit = (struct unit_record){0};
    if (at != NULL) {
        ret_unit->source = copy(text, (size_t)(at - text));
        ret_unit->reason = mutray_strdup(at + strlen(plain));
        return true;
    }
    at = strstr(text, instrumented);
    if (at == NULL || sscanf(at, " instrumented found=%u named=%u skipped=%u", &ret_unit->found, &ret_unit->named,
                             &ret_unit->skipped) != 3)
        return false;
    ret_unit->source = copy(text, (size_t)(at - text));
    return true;
}

/* FILE:LINE NAME REASON, where only NAME and LINE have no spaces or colons. */
static bool parse_skip(const char *text, struct skip_record *ret_skip)
{
    for (const char *colon = strchr(text, ':'); colon != NULL; colon = strchr(colon + 1, ':')) {
        size_t digits = strspn(colon + 1, "0123456789");
        const char *name = colon + 1 + digits;
        if (digits == 0 || *name++ != ' ') continue;
        size_t size = strcspn(name, " ");
        ret_skip->place = copy(text, (size_t)(name - 1 - text));
        ret_skip->name = copy(name, size);
        ret_skip->reason = mutray_strdup(name[size] != 0 ? name + size + 1 : "");
        return true;
    }
    return false;
}

static void parse_line(const char *file, const char *line, struct records *records)
{
    static const char unit_start[] = "mutray 1 unit ", skip_start[] = "mutray 1 skip ";
    struct unit_record unit;
    struct skip_record skip;

    if (strncmp(line, unit_start, strlen(unit_start)) == 0 && parse_unit(line + strlen(unit_start), &unit)) {
        unit.file = mutray_strdup(file);
        records->units = mutray_grow(records->units, records->count, &records->room, sizeof *records->units);
        records->units[records->count++] = unit;
    } else if (records->count != 0 && strncmp(line, skip_start, strlen(skip_start)) == 0 &&
               parse_skip(line + strlen(skip_start), &skip)) {
        struct unit_record *last = &records->units[records->count - 1];
        last->skips = mutray_grow(last->skips, last->skip_count, &last->skip_room, sizeof *last->skips);
        last->skips[last->skip_count++] = skip;
    }
}

void records_parse(const char *file, const char *bytes, size_t size, struct records *records)
{
    for (size_t at = 0; at < size;) {
        size_t length = strnlen(bytes + at, size - at);
        char *line = copy(bytes + at, length);
        mutray_clean(line); /* the object may be anybody's, and a terminal will show it */
        parse_line(file, line, records);
        free(line);
        at += length + 1;
    }
}

struct reading {
    const char *path;
    struct records *records;
};

static void on_section(void *context, const char *member, const unsigned char *bytes, size_t size)
{
    const struct reading *reading = context;
    char *file = member != NULL ? mutray_format("%s(%s)", reading->path, member) : mutray_strdup(reading->path);
    records_parse(file, (const char *)bytes, size, reading->records);
    free(file);
}

int records_read(const char *path, struct records *records)
{
    struct reading reading = {path, records};
    return sections_each(path, ".mutray", on_section, &reading);
}

static bool same_text(const char *a, const char *b)
{
    return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

bool records_equal(const struct unit_record *a, const struct unit_record *b)
{
    bool same = same_text(a->source, b->source) && same_text(a->reason, b->reason) && a->found == b->found &&
                a->named == b->named && a->skipped == b->skipped && a->skip_count == b->skip_count;
    for (size_t i = 0; same && i < a->skip_count; i++)
        same = same_text(a->skips[i].place, b->skips[i].place) && same_text(a->skips[i].reason, b->skips[i].reason);
    return same;
}

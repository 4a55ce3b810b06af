/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What instrumented object code says about itself: the section `.mutray`, lines of text that end with a zero byte.
 *
 *     mutray 1 unit SOURCE instrumented found=N named=N skipped=N
 *     mutray 1 unit SOURCE plain reason=TEXT
 *     mutray 1 skip FILE:LINE NAME REASON        belongs to the unit before it
 *
 * One unit line for each compilation that mentions a lock function; units without any have none. It is text, and in the
 * object, because then it goes wherever the object goes, and `strings` reads it as well.
 */
#ifndef MUTRAY_DRIVER_RECORDS_H
#define MUTRAY_DRIVER_RECORDS_H

#include <stdbool.h>
#include <stddef.h>

struct skip_record {
    char *place; /* file:line */
    char *name;  /* the lock function */
    char *reason;
};

struct unit_record {
    char *source;
    char *file;   /* it was found in: a path, with the archive's member in brackets */
    char *reason; /* null: it is instrumented */
    unsigned found, named, skipped;
    struct skip_record *skips;
    size_t skip_count, skip_room;
};

struct records {
    struct unit_record *units;
    size_t count, room;
};

/* Adds what the file has. 0 or a negative errno, as sections_each(). */
int records_read(const char *path, struct records *records);

/* Adds what the bytes of one section have; lines of other kinds and versions are passed over. */
void records_parse(const char *file, const char *bytes, size_t size, struct records *records);

bool records_equal(const struct unit_record *a, const struct unit_record *b);

#endif

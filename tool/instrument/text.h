/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Preprocessed text and its linemarkers.
 *
 * The engine works on what the compiler's own preprocessor wrote: one flat text in which lines such as
 * `# 12 "cache.h" 2 3` say where the following line comes from. Positions in the engine are byte offsets in this text;
 * `text_place` turns one into the file and line a person knows.
 */
#ifndef MUTRAY_INSTRUMENT_TEXT_H
#define MUTRAY_INSTRUMENT_TEXT_H

#include "lex.h"

struct marker {
    size_t next; /* offset of the line after the marker, which the marker speaks of */
    size_t row;  /* and its index in `lines` */
    const char *file;
    unsigned line;
    bool system; /* flag 3: a system header */
    bool extern_c; /* flag 4 */
};

struct text {
    struct arena *arena;
    const char *bytes; /* `size` bytes, then a NUL */
    size_t size;
    LIST(struct marker) markers; /* in order; the first one at offset 0 exists always */
    LIST(size_t) lines;          /* offset of each line's first byte */
    token_list tokens;           /* of all but system headers, if whoever made the text has read them; else none */
};

struct place {
    const char *file;
    unsigned line;
    bool system;
    bool extern_c;
};

/*
 * Reads the file `path`; 0 or -errno, -EINVAL for anything but a regular file: names come from `#line` too, and one that
 * says "/dev/stdin" must not take the build's input.
 */
int text_load(struct arena *arena, const char *path, struct text *ret_text);
/* Wraps bytes that the caller keeps (and that end in a NUL). */
void text_wrap(struct arena *arena, const char *bytes, size_t size, struct text *ret_text);
/* Where what marker number `marker` speaks of ends. */
size_t text_region_end(const struct text *text, size_t marker);
struct place text_place(const struct text *text, size_t offset);

#endif

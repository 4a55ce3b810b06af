/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What can be known of a text without parsing it: where the names of lock functions are spelled, where one top-level
 * declaration ends and the next may begin, where a macro is used, where an argument begins and ends.
 *
 * This is the engine's second pair of eyes. libclang recovers from errors by leaving things out, silently; what the scan
 * saw and libclang did not is edited by its spelling or reported, never forgotten.
 */
#ifndef MUTRAY_INSTRUMENT_SCAN_H
#define MUTRAY_INSTRUMENT_SCAN_H

#include "text.h"

/* One spelling of a lock function's name outside comments and strings. */
struct spelling {
    size_t offset;
    int function;   /* number in lock_functions */
    bool directive; /* in a macro's body (or another directive) */
    bool member;    /* after `.` or `->` */
    bool call;      /* before `(` */
    bool system;    /* in a system header */
    bool taken;     /* explained: a site, a declaration, … */
    bool tested;    /* only asked whether it is there */
};

/* A use of a macro in code. */
struct macro_use {
    size_t begin, end; /* the name and its arguments */
};
typedef LIST(struct macro_use) macro_use_list;

struct scan {
    LIST(struct spelling) spellings; /* by offset */
    LIST(size_t) boundaries;         /* offsets just after a `;` or `}` outside all brackets */
    bool *redefined;                 /* by function number: the text makes a macro of that name */
    bool digraph;                    /* a directive begins with `%:` */
};

void scan_text(const struct text *text, struct scan *ret_scan);
/* Every use of the macros whose bodies hold one of the `offsets`, and of macros that use those in turn. */
void scan_macro_uses(const struct text *text, const size_t *offsets, size_t count, macro_use_list *ret_uses);
/* The spelling that starts at `offset`, or NULL. */
struct spelling *scan_spelling_at(struct scan *scan, size_t offset);
/* The last boundary at or before `offset`; 0 if there is none. */
size_t scan_boundary_before(const struct scan *scan, size_t offset);
/* End of the bracketed list that opens at or after `offset`, or of the token there when no `(` follows it. */
size_t scan_invocation_end(const struct text *text, size_t offset);
/* Is the name at `offset` a macro by then, and nothing but another name: `#define lock my_lock`, `#define lock(x) my_lock`? */
bool scan_is_alias(const struct text *text, size_t offset);
/* The text of argument `index` of `count` in the call whose callee's last token is at `offset`; false if that is not how
 * the call is written there. */
bool scan_argument(const struct text *text, size_t offset, unsigned index, unsigned count, size_t *ret_begin,
                   size_t *ret_end);
/* Is `offset` within a preprocessing directive? (Preprocessed text has each on a line of its own.) */
bool scan_in_directive(const struct text *text, size_t offset);

#endif

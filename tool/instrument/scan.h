/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What can be known of a text without parsing it: where the names of lock functions are spelled, which macros lead to
 * them and where those are used, and where one top-level declaration ends and the next may begin.
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
};

/* A use, in code, of a macro through which a lock function's name comes in. */
struct macro_use {
    size_t begin, end; /* the name and its arguments */
};

struct scan {
    LIST(struct spelling) spellings; /* by offset */
    LIST(struct macro_use) uses;     /* by offset */
    LIST(size_t) boundaries;         /* offsets just after a `;` or `}` outside all brackets */
    bool *redefined;                 /* by function number: the text makes a macro of that name */
};

void scan_text(const struct text *text, struct scan *ret_scan);
/* The spelling that starts at `offset`, or NULL. */
struct spelling *scan_spelling_at(struct scan *scan, size_t offset);
/* The last boundary at or before `offset`; 0 if there is none. */
size_t scan_boundary_before(const struct scan *scan, size_t offset);
/* End of the bracketed list that opens at or after `offset`, or of the token there when no `(` follows it. */
size_t scan_invocation_end(const struct text *text, size_t offset);

#endif

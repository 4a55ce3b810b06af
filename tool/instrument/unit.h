/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the engine knows of one compilation unit, from finding to writing: the text, the sites, the locks they name, and
 * the creations. find.c fills it, emit.c reads it.
 */
#ifndef MUTRAY_INSTRUMENT_UNIT_H
#define MUTRAY_INSTRUMENT_UNIT_H

#include "config.h"
#include "notes.h"
#include "prune.h"
#include "scan.h"

#include <time.h>

/* A declaration that holds a lock: see `struct mutray__lock` in abi.h. */
struct lock {
    const char *variable, *declaration, *key;
    bool ignored; /* by a comment where it is declared */
};

/* What of a lock an expression tells. */
struct named {
    int lock;             /* index in unit.locks, or -1 */
    const char *variable; /* the expression's own word for the lock, "" if none */
    bool pointer, array, parameter; /* MUTRAY__SITE_POINTER, _ARRAY, _PARAMETER */
};

enum site_kind {
    SITE_CALL,      /* the C library's lock function by its name: called, or referred to */
    SITE_DESCRIBED, /* a call of a function that a configuration file describes */
    SITE_HAND_OVER, /* an argument that hands a lock to a function of the program */
    SITE_MADE       /* a call whose result is a lock that the callee made */
};

struct site {
    enum site_kind kind;
    int function; /* SITE_CALL, SITE_DESCRIBED: its number */
    struct named named;
    const char *enclosing; /* function, "" outside all */
    struct place place;
    size_t spelled, spelled_end; /* the text that is replaced (SITE_CALL) or wrapped */
    size_t begin, end;           /* the outermost macro use it comes from, or the same text */
    size_t declaration;          /* where the top-level declaration around it begins */
    size_t needs;                /* declarations in front of it must come after this */
    const char *type;            /* of what is wrapped, or of a described function's result */
    const char *parameters, *arguments; /* of a described function, as in struct lock_function */
    bool macro;                  /* spelled in a macro's body */
    bool own;                    /* SITE_DESCRIBED: a function of the program, which may be instrumented itself */
    bool referred;               /* SITE_CALL: not called here, its address is taken */
    bool shared;                 /* in an inline function of external linkage, which may name nothing static */
};

/* A lock made by a definition: see `struct mutray__creation` in abi.h. */
struct creation {
    int lock;
    struct place place;
    const char *address; /* C expressions, NULL where the object cannot be named at file scope */
    size_t unused;       /* offset of the variable's name while it is static and nothing is known to use it; else 0 */
    const char *size, *stride;
    const struct place *members; /* where the members that the address names are declared */
    size_t member_count;
    bool initialised;
};

/* A spelling that could not become a site, and why. */
struct skip {
    struct place place;
    const char *name; /* of the function, or of a macro that leads to one */
    const char *reason;
};

struct unit {
    struct arena *arena;
    struct text text;
    const char *written;  /* the bytes that are written where nothing is edited: as many as the text has */
    struct pruned pruned; /* what libclang sees of it */
    struct scan scan;
    const char *source; /* the main file, as the compiler was given it */
    bool expanded;      /* the text has no macros left */
    bool lost;          /* libclang's tree lacks parts of the unit */
    bool ambiguous;     /* one site is several calls, of several locks */
    struct config config;
    struct notes notes;
    LIST(struct lock) locks;
    LIST(struct site) sites; /* by spelled offset, then by place of expansion */
    LIST(struct creation) creations;
    LIST(struct skip) skips;
    macro_use_list plain_uses; /* of macros that sites are spelled in, but leading to no site */
    macro_use_list strings; /* macro uses that make a string of a lock call's text */
    clock_t read, parsed, found; /* processor time when these steps ended, for the log */
    size_t *declared; /* by function number: where the function's first declaration ends; 0: none */
};

/* What came of trying to instrument a unit; also mutray-edit's exit status. */
enum outcome {
    OUTCOME_EDITED = 0,
    OUTCOME_FAILED = 1,
    OUTCOME_USAGE = 2,
    OUTCOME_NOTHING = 3,      /* no lock call: compile the original */
    OUTCOME_NEEDS_EXPANDED = 4 /* not on text with macros; fully expanded text may do */
};

/* Does the scanned text say all that the program says? If not, it need not be parsed to know that it must be expanded. */
enum outcome unit_check_text(struct unit *unit, const char **ret_reason);
/* Parses the unit's text, which has been scanned, with libclang and fills in locks, sites, creations and skips. */
enum outcome unit_find(struct unit *unit, const char *standard, const char **ret_reason);
/* Checks that each site can be edited exactly where it is spelled. */
enum outcome unit_check(struct unit *unit, const char **ret_reason);
/* The edited text. */
void unit_emit(const struct unit *unit, struct buffer *ret_text);
/*
 * Is there a site for this place already: of the same kind (of call) and, in a macro's body, the same expansion? If that one
 * is for another lock (one use of a macro that takes several), it goes by their addresses.
 */
bool unit_has_site(struct unit *unit, const struct site *site);
void unit_skip(struct unit *unit, struct place place, const char *name, const char *reason);
/* How many lock calls were found, and of these named and skipped. */
void unit_counts(const struct unit *unit, size_t *ret_found, size_t *ret_named, size_t *ret_skipped);

#endif

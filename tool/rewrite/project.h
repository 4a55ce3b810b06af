/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the units of a project together say of its files: where lock calls are written, and for each macro that holds
 * one, where it is used. One header may be seen by many units under many configurations; the project is the union.
 */
#ifndef MUTRAY_REWRITE_PROJECT_H
#define MUTRAY_REWRITE_PROJECT_H

#include "instrument/unit.h"
#include "source.h"

struct file;

/* What is known of a lock at a call: a site-to-be. */
struct use {
    struct point *point;
    struct file *file;
    size_t offset; /* of the call, or of the macro's name */
    size_t needs;  /* declarations for it must come after this offset */
    unsigned line;                  /* of the call */
    unsigned first_line, last_line; /* what __LINE__ may be there */
    struct named named; /* `lock` is an index in the file's locks */
    const char *enclosing;
    bool shared, referred; /* as in struct site */
    size_t number; /* in the file's table of sites */
};

/* A place in a file's text that is edited. */
struct point {
    struct file *file;
    size_t offset, end;
    unsigned line;
    enum site_kind kind;
    int function;
    bool macro;          /* in a macro's body: each use is a site */
    bool kept;           /* its text becomes a string and must stay: the function's own name is made a macro here */
    const char *refused; /* why it is not edited after all */
    const char *id;      /* "queue_c_42" */
    const char *name;    /* what it becomes */
    LIST(struct use *) uses;
};

struct made {
    struct creation creation; /* `lock` is an index in the file's locks; no address where that would not stand */
    const char *address;      /* as it was */
    bool hidden; /* a word of the address is also a macro */
    int branch;
};

/* A file of the project, below its root. */
struct file {
    const char *path, *relative; /* absolute; from the root */
    const char *tag;             /* an identifier for it, unique in the project */
    struct source source;
    const char *refused; /* why nothing in it is edited */
    LIST(struct lock) locks;
    LIST(struct point *) points; /* by offset, once the project is complete */
    LIST(struct use *) uses;     /* by offset, likewise; also of macros that other files define */
    LIST(struct made) creations;
};

/* Something that was not instrumented, in words. */
struct remark {
    const char *file;
    unsigned line;
    const char *function, *reason;
};

struct project {
    struct arena *arena;
    const char *root;  /* absolute, no slash at the end */
    LIST(struct file *) files; /* with something in them; by relative path, once complete */
    LIST(struct remark) remarks;
};

/* What the name at a point means depends on the line where it is used. */
static inline bool point_by_line(const struct point *point)
{
    return point->macro || point->kept;
}

/* The file the compiler calls `name`, from the folder we are in; NULL if not below the root, or not to be read. */
struct file *project_file(struct project *project, const char *name);
/*
 * Adds what was found in a unit; false if not all of it is where the text says. Fully expanded text (unit->expanded) is
 * added after the text with macros, for what that did not show: what is known already is left alone.
 */
bool project_add(struct project *project, const struct unit *unit);
void project_remark(struct project *project, const char *file, unsigned line, const char *function, const char *reason);
/* What a remark calls a point. */
const char *project_word(enum site_kind kind, int function);
/* After the last unit: sorts, numbers and names everything. */
void project_complete(struct project *project);

#endif

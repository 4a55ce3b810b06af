/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A source or header as its author wrote it: its tokens, its conditionals, and the places where an include of ours may
 * stand.
 */
#ifndef MUTRAY_REWRITE_SOURCE_H
#define MUTRAY_REWRITE_SOURCE_H

#include "tokens.h"

/* One branch of an #if group. Branch 0 is the file itself. */
struct branch {
    int parent;        /* around the group */
    int previous;      /* the branch before it in the group, or -1 */
    size_t begin, end; /* the directive that opens it: `#if X`, `#else` */
};

struct source_token {
    size_t offset, length, row;
    int branch;
};

/* The beginning of a line that is in no comment, no directive and no declaration. */
struct gap {
    size_t offset, row;
    int branch;
    bool after_include;
};

struct source {
    struct text text;
    LIST(struct source_token) tokens;
    LIST(struct branch) branches;
    LIST(struct gap) gaps;
    int body;        /* the branch that is all of the file but for comments: an include guard's; else 0 */
    size_t start;    /* the first line that is not comment, behind an include guard */
    size_t body_end; /* where the line of its #endif begins; without one, the end of the file */
};

/* Reads and lexes the file; 0 or -errno. */
int source_load(struct arena *arena, const char *path, struct source *ret_source);
/* The token with this address and spelling, or NULL. */
const struct source_token *source_token_at(const struct source *source, size_t row, size_t index, const char *spelling,
                                           size_t length);
/* The branch of the first token at or behind `offset`. */
int source_branch_at(const struct source *source, size_t offset);
/* Whenever `inner` is compiled, so is `outer`. */
bool source_encloses(const struct source *source, int outer, int inner);
/*
 * Where an include must stand that is to be there for what stands at `offset`, but comes after `needs`: behind the
 * includes, in a branch that is compiled whenever the place is. NULL if there is no such gap.
 */
const struct gap *source_gap_for(const struct source *source, size_t offset, size_t needs);
/* Nothing but blanks on the line. */
bool source_line_blank(const struct source *source, size_t row);

#endif

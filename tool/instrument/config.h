/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a project says about itself in a file called `.mutray`, and in comments beside its code.
 *
 * A line is one of
 *
 *     exclude file GLOB           units and headers left alone; a path below the folder of the .mutray file
 *     exclude function GLOB       functions in whose bodies calls are left alone
 *     exclude lock GLOB           locks left alone, by variable or by declaration (`conn.lock`)
 *     include file GLOB           only these files (several lines add up)
 *     name DECLARATION NAME       a lock's variable is called NAME
 *     type NAME                   a type that is a lock, as pthread_mutex_t is
 *     function NAME KIND ROLE LOCK [true]
 *                                 a function of the project or of a library that is to be measured like the C library's;
 *                                 KIND and ROLE as in functions.def, in small letters; LOCK is the number of the argument,
 *                                 from 0, `*N` where that is the address of a pointer to the lock, or `result`; `true`
 *                                 where success is not 0 but anything else. NAME may be TAG.MEMBER, a pointer to a function
 *                                 in a structure, if it is `init result`
 *
 * and `#` begins a comment. In a comment beside a call or a declaration, `mutray:ignore` leaves it alone and
 * `mutray:name NAME` names it.
 */
#ifndef MUTRAY_INSTRUMENT_CONFIG_H
#define MUTRAY_INSTRUMENT_CONFIG_H

#include "arena.h"
#include <stdbool.h>

enum config_subject { CONFIG_FILE, CONFIG_FUNCTION, CONFIG_LOCK };

struct config_rule {
    enum config_subject subject;
    bool include;
    const char *glob;
};

struct config_name {
    const char *declaration, *name;
};

struct config {
    struct arena *arena;
    const char *folder; /* of the .mutray file; file globs are relative to it */
    LIST(struct config_rule) rules;
    LIST(struct config_name) names;
};

/*
 * Reads the descriptions that ship with mutray, in `descriptions` (NULL: none), then looks for a `.mutray` in the folder of
 * `source` and upward, and reads it. 0, also if there is none; else -errno (-EINVAL
 * for what it says) and a line for a person in *ret_error.
 */
int config_find(struct arena *arena, const char *source, const char *descriptions, struct config *ret_config,
                const char **ret_error);
/* Where the descriptions that ship with mutray are, seen from the running program: ../share/mutray. Null: not known. */
const char *config_descriptions_folder(struct arena *arena);
/* Reads one file whose text is `content`; its name is for messages. */
int config_parse(struct config *config, const char *name, const char *content, const char **ret_error);
/* The pattern of the rule that leaves something alone, or NULL. Files are given as the compiler knows them. */
const char *config_excludes_file(const struct config *config, const char *file);
const char *config_excludes(const struct config *config, enum config_subject subject, const char *name);
/* The name given to a lock, or NULL. */
const char *config_name(const struct config *config, const char *declaration);

#endif

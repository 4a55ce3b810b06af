/* SPDX-License-Identifier: Apache-2.0 */
/* The lock functions of functions.def, as the engine looks them up. */
#ifndef MUTRAY_INSTRUMENT_FUNCTIONS_H
#define MUTRAY_INSTRUMENT_FUNCTIONS_H

#include <stdbool.h>
#include <stddef.h>

enum lock_role {
    ROLE_INIT, ROLE_DESTROY,
    ROLE_ACQUIRE, ROLE_TRY, ROLE_TIMED,
    ROLE_RELEASE,
    ROLE_WAIT, ROLE_TIMED_WAIT,
    ROLE_READ, ROLE_TRY_READ, ROLE_TIMED_READ,
    ROLE_WRITE, ROLE_TRY_WRITE, ROLE_TIMED_WRITE
};

enum lock_kind { KIND_MUTEX, KIND_RWLOCK, KIND_SPIN, KIND_MTX };

struct lock_function {
    const char *name;
    enum lock_kind kind;
    enum lock_role role;
    bool described;  /* by a configuration file, not in functions.def: what stands after `lock` is not known */
    bool anywhere;   /* described by the project: it need not be declared by a system header */
    bool indirect;   /* the argument is the address of a pointer to the lock */
    bool true_is_success;
    int lock;        /* which argument is the lock; -1: the result is */
    const char *returns;    /* "int" or "void" */
    const char *parameters; /* "(pthread_mutex_t *mutray__0)" */
    const char *arguments;  /* "(mutray__0)" */
    unsigned parameter_count;
};

/* By number: those of functions.def first, in its order, then the described ones. */
extern const struct lock_function *lock_functions;
extern size_t lock_function_count;

/*
 * Adds a described function, or `TAG.MEMBER`, a member of a structure that points to one: `kind` and `role` are words of functions.def in small letters, `lock` the argument's number,
 * `*N` for the address of a pointer to the lock, or `result`; `success` is "zero" or
 * "true"; `anywhere` as in the structure. NULL, or what is wrong.
 * The strings must live as long as the program. A function known already stays as it is.
 */
const char *lock_function_add(const char *name, const char *kind, const char *role, const char *lock,
                              const char *success, bool anywhere);
/* The described members by number, as `TAG.MEMBER`; NULL after the last. */
const char *lock_member(size_t number);
/* The described members of the structure so called: the one after `former`, the first after NULL, NULL after the last. */
const char *lock_member_of(const char *tag, size_t length, const char *former);
/* Adds the name of a type that is a lock. */
void lock_type_add(const char *name);

/* The number of the lock function so named (its place in functions.def), or -1. */
int lock_function_find(const char *name, size_t length);

/* True for the name of a type that is a lock: pthread_mutex_t and its like. */
bool is_lock_type_name(const char *name, size_t length);
/* Their names by number; NULL after the last. */
const char *lock_type_name(size_t number);

#endif

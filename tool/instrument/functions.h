/* SPDX-License-Identifier: Apache-2.0 */
/* The lock functions of functions.def, as the engine looks them up. */
#ifndef MUTRAY_INSTRUMENT_FUNCTIONS_H
#define MUTRAY_INSTRUMENT_FUNCTIONS_H

#include <stddef.h>

enum lock_role {
    ROLE_INIT, ROLE_DESTROY,
    ROLE_ACQUIRE, ROLE_TRY, ROLE_TIMED,
    ROLE_RELEASE,
    ROLE_WAIT, ROLE_TIMED_WAIT,
    ROLE_READ, ROLE_TRY_READ, ROLE_TIMED_READ,
    ROLE_WRITE, ROLE_TRY_WRITE, ROLE_TIMED_WRITE
};

struct lock_function {
    const char *name;
    const char *returns;    /* "int" or "void" */
    const char *parameters; /* "(pthread_mutex_t *mutray__0)" */
    const char *arguments;  /* "(mutray__0)" */
    const char *lock_type;  /* "pthread_mutex_t" */
    enum lock_role role;
    unsigned lock;       /* which argument is the lock */
    unsigned parameter_count;
};

extern const struct lock_function lock_functions[];
extern const size_t lock_function_count;

/* The number of the lock function so named (its place in functions.def), or -1. */
int lock_function_find(const char *name, size_t length);

/* True for the name of a type that is a lock: pthread_mutex_t and its like. */
int is_lock_type_name(const char *name);

#endif

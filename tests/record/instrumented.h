/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Instrumented code by hand: for each lock function an at_NAME() that does what injected text does, and short ways to
 * write sites, declarations and creations. A test file defines its unit with these.
 */
#ifndef MUTRAY_TEST_INSTRUMENTED_H
#define MUTRAY_TEST_INSTRUMENTED_H

#include "mutray/abi.h"
#include "ops.h" /* what musl does not declare */

#include <pthread.h>
#include <threads.h>
#include <time.h>

#define COUNT_OF(array) (sizeof(array) / sizeof *(array))
#define UNWRAP(...) __VA_ARGS__

static void (*const *module_ops)(void);

#define CALL_int(expression, otherwise)                                                                                \
    if (ops != NULL)                                                                                                   \
        return expression;                                                                                             \
    return otherwise
#define CALL_void(expression, otherwise)                                                                               \
    if (ops != NULL)                                                                                                   \
        expression;                                                                                                    \
    else                                                                                                               \
        otherwise
#define MUTRAY_FUNCTION(returns, name, kind, role, lock, parameters, arguments)                                        \
    __attribute__((always_inline, unused)) static inline returns at_##name(UNWRAP parameters,                          \
                                                                           struct mutray__site *site)                  \
    {                                                                                                                  \
        void (*const *ops)(void) = __atomic_load_n(&module_ops, __ATOMIC_ACQUIRE);                                     \
        CALL_##returns(((returns(*)(UNWRAP parameters, struct mutray__site *))ops[MUTRAY__FN_##name])(                 \
                           UNWRAP arguments, site),                                                                    \
                       name arguments);                                                                                \
    }
#include "mutray/functions.def"
#undef MUTRAY_FUNCTION

/* A call in "dir/FILE.c" of `function`, of a declared lock or (null) a bare pointer known by a word. */
#define SITE(what_, lock_, word, line_)                                                                                \
    {.lock = (lock_), .variable = (word), .file = "dir/test.c", .function = "f", .line = (line_),                      \
     .what = MUTRAY__FN_##what_}

#endif

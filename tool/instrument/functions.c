/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The lock functions, from the one list in functions.def. The type of a lock follows from the function's kind, so the
 * list need not repeat it.
 */
#include "functions.h"

#include <string.h>

#define TYPE_MUTEX "pthread_mutex_t"
#define TYPE_RWLOCK "pthread_rwlock_t"
#define TYPE_SPIN "pthread_spinlock_t"
#define TYPE_MTX "mtx_t"

/* Counts the members of a parenthesised list of up to four. */
#define COUNT(list) COUNT_ list
#define COUNT_(...) COUNT__(__VA_ARGS__, 4, 3, 2, 1, 0)
#define COUNT__(a, b, c, d, n, ...) n

const struct lock_function lock_functions[] = {
#define MUTRAY_FUNCTION(returns_, name_, kind_, role_, lock_, parameters_, arguments_)                                 \
    {.name = #name_, .returns = #returns_, .parameters = #parameters_, .arguments = #arguments_,                       \
     .lock_type = TYPE_##kind_, .role = ROLE_##role_, .lock = lock_, .parameter_count = COUNT(arguments_)},
#include "mutray/functions.def"
#undef MUTRAY_FUNCTION
};
const size_t lock_function_count = sizeof lock_functions / sizeof lock_functions[0];

int lock_function_find(const char *name, size_t length)
{
    for (size_t i = 0; i < lock_function_count; i++)
        if (strncmp(lock_functions[i].name, name, length) == 0 && lock_functions[i].name[length] == '\0') return (int)i;
    return -1;
}

int is_lock_type_name(const char *name)
{
    return strcmp(name, TYPE_MUTEX) == 0 || strcmp(name, TYPE_RWLOCK) == 0 || strcmp(name, TYPE_SPIN) == 0 ||
           strcmp(name, TYPE_MTX) == 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The lock functions: those of functions.def, and behind them those that configuration files describe. Looked up for
 * every identifier of a unit, so nearly all are told apart before any comparison.
 */
#include "functions.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Counts the members of a parenthesised list of up to four. */
#define COUNT(list) COUNT_ list
#define COUNT_(...) COUNT__(__VA_ARGS__, 4, 3, 2, 1, 0)
#define COUNT__(a, b, c, d, n, ...) n

static const struct lock_function builtin[] = {
#define MUTRAY_FUNCTION(returns_, name_, kind_, role_, lock_, parameters_, arguments_)                                 \
    {.name = #name_, .returns = #returns_, .parameters = #parameters_, .arguments = #arguments_, .kind = KIND_##kind_, \
     .role = ROLE_##role_, .lock = lock_, .parameter_count = COUNT(arguments_)},
#include "mutray/functions.def"
#undef MUTRAY_FUNCTION
};
#define BUILTINS (sizeof builtin / sizeof builtin[0])

const struct lock_function *lock_functions = builtin;
size_t lock_function_count = BUILTINS;

static const char *const builtin_types[] = {"pthread_mutex_t", "pthread_rwlock_t", "pthread_spinlock_t", "mtx_t"};
static const char **described_types;
static size_t described_type_count;
/* `TAG.MEMBER` */
static const char **described_members;
static size_t described_member_count;

/* By enum lock_kind and enum lock_role. */
static const char *const kind_words[] = {"mutex", "rwlock", "spin", "mtx"};
static const char *const role_words[] = {"init", "destroy", "acquire", "try", "timed", "release", "wait", "timed_wait",
                                         "read", "try_read", "timed_read", "write", "try_write", "timed_write"};

/* One bit for each name there is, to tell nearly all other identifiers at once. */
struct marks {
    uint32_t bits[256];
    size_t counted;
};

static unsigned mark(const char *name, size_t length)
{
    unsigned first = (unsigned char)name[0], middle = (unsigned char)name[length / 2], last = (unsigned char)name[length - 1];
    return ((((unsigned)length * 31 + first) * 31 + middle) * 31 + last) & 8191;
}

static void set_mark(struct marks *marks, const char *name)
{
    unsigned at = mark(name, strlen(name));
    marks->bits[at / 32] |= 1u << at % 32;
    marks->counted++;
}

static bool is_marked(const struct marks *marks, const char *name, size_t length)
{
    unsigned at = mark(name, length);
    return (marks->bits[at / 32] & 1u << at % 32) != 0;
}

int lock_function_find(const char *name, size_t length)
{
    static struct marks marks;
    while (marks.counted < lock_function_count) set_mark(&marks, lock_functions[marks.counted].name);
    if (length == 0 || !is_marked(&marks, name, length)) return -1;
    for (size_t i = 0; i < lock_function_count; i++)
        if (strncmp(lock_functions[i].name, name, length) == 0 && lock_functions[i].name[length] == '\0') return (int)i;
    return -1;
}

const char *lock_type_name(size_t number)
{
    enum { BUILTIN_TYPES = sizeof builtin_types / sizeof builtin_types[0] };
    if (number < BUILTIN_TYPES) return builtin_types[number];
    number -= BUILTIN_TYPES;
    return number < described_type_count ? described_types[number] : NULL;
}

bool is_lock_type_name(const char *name, size_t length)
{
    static struct marks marks;
    const char *type;
    while ((type = lock_type_name(marks.counted)) != NULL) set_mark(&marks, type);
    if (length == 0 || !is_marked(&marks, name, length)) return false;
    for (size_t i = 0; (type = lock_type_name(i)) != NULL; i++)
        if (strncmp(type, name, length) == 0 && type[length] == '\0') return true;
    return false;
}

static void *grow(void *items, size_t count, size_t size)
{
    void *grown = realloc(items, count * size);
    if (grown == NULL) abort();
    return grown;
}

static int find_word(const char *word, const char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(words[i], word) == 0) return (int)i;
    return -1;
}

const char *lock_function_add(const char *name, const char *kind, const char *role, const char *lock,
                              const char *success, bool anywhere)
{
    struct lock_function function = {.name = name, .described = true, .anywhere = anywhere, .indirect = lock[0] == '*'};
    int kind_number = find_word(kind, kind_words, sizeof kind_words / sizeof kind_words[0]);
    int role_number = find_word(role, role_words, sizeof role_words / sizeof role_words[0]);
    const char *digit = lock + function.indirect;
    if (kind_number < 0) return "a kind is mutex, rwlock, spin or mtx";
    if (role_number < 0) return "a role is init, destroy, acquire, try, timed, release, wait, read, write and the like";
    if (strcmp(lock, "result") == 0) function.lock = -1;
    else if (digit[0] >= '0' && digit[0] <= '9' && digit[1] == '\0') function.lock = digit[0] - '0';
    else return "the lock is an argument's number from 0 to 9, *NUMBER for a pointer's address, or result";
    function.true_is_success = strcmp(success, "true") == 0;
    if (!function.true_is_success && strcmp(success, "zero") != 0) return "success is zero or true";
    if (strchr(name, '.') != NULL) {
        if (role_number != ROLE_INIT || function.lock >= 0)
            return "a member of a structure, TAG.MEMBER, can only be described as init result";
        described_members = grow(described_members, described_member_count + 1, sizeof name);
        described_members[described_member_count++] = name;
        return NULL;
    }
    function.kind = (enum lock_kind)kind_number;
    function.role = (enum lock_role)role_number;
    if (lock_function_find(name, strlen(name)) >= 0) return NULL;
    static struct lock_function *all; /* those of functions.def and the described ones */
    bool first = all == NULL;
    all = grow(all, lock_function_count + 1, sizeof function);
    if (first) memcpy(all, builtin, sizeof builtin);
    all[lock_function_count++] = function;
    lock_functions = all;
    return NULL;
}

const char *lock_member(size_t number)
{
    return number < described_member_count ? described_members[number] : NULL;
}

const char *lock_member_of(const char *tag, size_t length, const char *former)
{
    bool passed = former == NULL;
    for (size_t i = 0; i < described_member_count; i++) {
        const char *name = described_members[i], *member = name + length + 1;
        if (strncmp(name, tag, length) != 0 || name[length] != '.') continue;
        if (passed) return member;
        passed = member == former;
    }
    return NULL;
}

void lock_type_add(const char *name)
{
    if (is_lock_type_name(name, strlen(name))) return;
    described_types = grow(described_types, described_type_count + 1, sizeof name);
    described_types[described_type_count++] = name;
}

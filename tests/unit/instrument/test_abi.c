/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The engine writes the structures of abi.h into other people's text under names of its own. Here the compiler itself
 * says whether the two agree: it is given the text, and for each structure and member the size and offset that abi.h has.
 */
#include "arena.h"
#include "emit.h"
#include "functions.h"

#include <mutray/abi.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static const struct {
    const char *structure, *member; /* as emitted; no member: the whole */
    size_t offset, size;
} facts[] = {
#define WHOLE(name) {#name, NULL, 0, sizeof(struct name)}
#define MEMBER(name, member, emitted)                                                                                  \
    {#name, "mutray__" #emitted, offsetof(struct name, member), sizeof((struct name){0}.member)}
    WHOLE(mutray__lock), MEMBER(mutray__lock, variable, variable), MEMBER(mutray__lock, declaration, declaration),
    MEMBER(mutray__lock, key, key), MEMBER(mutray__lock, joined, joined),
    WHOLE(mutray__site), MEMBER(mutray__site, lock, l), MEMBER(mutray__site, variable, variable),
    MEMBER(mutray__site, file, file), MEMBER(mutray__site, function, function), MEMBER(mutray__site, line, line),
    MEMBER(mutray__site, what, what), MEMBER(mutray__site, flags, flags), MEMBER(mutray__site, id, id),
    MEMBER(mutray__site, reserved, reserved),
    WHOLE(mutray__creation), MEMBER(mutray__creation, lock, l), MEMBER(mutray__creation, file, file),
    MEMBER(mutray__creation, address, address), MEMBER(mutray__creation, size, size),
    MEMBER(mutray__creation, stride, stride), MEMBER(mutray__creation, line, line),
    MEMBER(mutray__creation, flags, flags),
    WHOLE(mutray__unit), MEMBER(mutray__unit, abi, abi), MEMBER(mutray__unit, site_count, site_count),
    MEMBER(mutray__unit, lock_count, lock_count), MEMBER(mutray__unit, creation_count, creation_count),
    MEMBER(mutray__unit, sites, s), MEMBER(mutray__unit, locks, l), MEMBER(mutray__unit, creations, c),
    MEMBER(mutray__unit, ops, o), MEMBER(mutray__unit, source, source), MEMBER(mutray__unit, next, next),
    MEMBER(mutray__unit, hints, h),
    WHOLE(mutray__call),
};

/* Does the compiler take the structures together with this assertion about each fact? `more` bytes are added to each. */
static int compile(size_t more)
{
    FILE *compiler = popen(COMPILER " -std=c11 -Wall -Werror -x c -fsyntax-only - 2>/dev/null", "w");
    assert_non_null(compiler);
    fputs(emit_structures, compiler);
    for (size_t i = 0; i < sizeof facts / sizeof facts[0]; i++) {
        if (facts[i].member == NULL)
            fprintf(compiler, "_Static_assert(sizeof(struct %s) == %zu, \"\");\n", facts[i].structure,
                    facts[i].size + more);
        else
            fprintf(compiler,
                    "_Static_assert(__builtin_offsetof(struct %s, %s) == %zu, \"\");\n"
                    "_Static_assert(sizeof(((struct %s *)0)->%s) == %zu, \"\");\n",
                    facts[i].structure, facts[i].member, facts[i].offset + more, facts[i].structure, facts[i].member,
                    facts[i].size);
    }
    return pclose(compiler);
}

static void test_structures(void **state)
{
    (void)state;
    assert_int_equal(compile(0), 0);
    assert_int_not_equal(compile(1), 0); /* and the assertions do assert */
}

static void test_numbers(void **state)
{
    static const char *const names[] = {
#define MUTRAY_FUNCTION(returns, name, kind, role, lock, parameters, arguments) [MUTRAY__FN_##name] = #name,
#include <mutray/functions.def>
#undef MUTRAY_FUNCTION
    };
    (void)state;
    for (int i = 0; i < MUTRAY__FUNCTIONS; i++) assert_int_equal(lock_function_find(names[i], strlen(names[i])), i);
}

static void test_site_members(void **state)
{
    struct site site = {.kind = SITE_CALL, .function = 4};
    (void)state;
    assert_int_equal(emit_what(&site), 4);
    site.kind = SITE_HAND_OVER;
    assert_int_equal(emit_what(&site), MUTRAY__HAND_OVER);
    site.kind = SITE_MADE;
    assert_int_equal(emit_what(&site), MUTRAY__MADE);
    site.kind = SITE_DESCRIBED;
    assert_int_equal(emit_what(&site) & MUTRAY__DESCRIBED, MUTRAY__DESCRIBED);
    assert_int_equal(emit_flags(&(struct named){.array = true}), MUTRAY__SITE_ARRAY);
    assert_int_equal(emit_flags(&(struct named){.pointer = true}), MUTRAY__SITE_POINTER);
    assert_int_equal(emit_flags(&(struct named){.parameter = true}), MUTRAY__SITE_PARAMETER);
}

static void test_quoting(void **state)
{
    struct arena arena = {0};
    (void)state;
    assert_string_equal(emit_quoted(&arena, "a\"b\\c"), "\"a\\\"b\\\\c\"");
    assert_string_equal(emit_quoted(&arena, "?\?=\t\xe9"), "\"\\?\\?=\\011\\351\"");
    arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_structures), cmocka_unit_test(test_numbers), cmocka_unit_test(test_site_members),
        cmocka_unit_test(test_quoting),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* The scan: spellings of lock functions, boundaries between declarations, uses of macros, arguments of calls. */
#include "scan.h"

#include "functions.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

struct fixture {
    struct arena arena;
    struct text text;
    struct scan scan;
};

static void begin(struct fixture *fixture, const char *source)
{
    fixture->arena = (struct arena){0};
    text_wrap(&fixture->arena, source, strlen(source), &fixture->text);
    scan_text(&fixture->text, &fixture->scan);
}

static size_t at(const struct fixture *fixture, const char *word)
{
    const char *found = strstr(fixture->text.bytes, word);
    assert_non_null(found);
    return (size_t)(found - fixture->text.bytes);
}

static const struct spelling *spelling(struct fixture *fixture, const char *word)
{
    const struct spelling *spelling = scan_spelling_at(&fixture->scan, at(fixture, word));
    assert_non_null(spelling);
    return spelling;
}

static void test_spellings(void **state)
{
    struct fixture f;
    (void)state;
    begin(&f, "# 1 \"/usr/include/pthread.h\" 1 3\n"
              "int pthread_mutex_lock(int);\n"
              "# 1 \"a.c\" 2\n"
              "#define L(m) pthread_mutex_trylock (m)\n"
              "/* pthread_mutex_lock( */ char *s = \"pthread_mutex_lock(\";\n"
              "int f(void) { return x.mtx_lock(1) + p->mtx_unlock(2) + (mtx_trylock)(3) + my_mtx_lock(4); }\n"
              "#define mtx_init other\n");
    assert_int_equal(f.scan.spellings.count, 5);
    assert_true(spelling(&f, "pthread_mutex_lock(int")->system && spelling(&f, "pthread_mutex_lock(int")->call);
    assert_true(spelling(&f, "pthread_mutex_trylock")->directive && spelling(&f, "pthread_mutex_trylock")->call);
    assert_false(spelling(&f, "pthread_mutex_trylock")->system);
    assert_true(spelling(&f, "mtx_lock(1")->member && spelling(&f, "mtx_unlock(2")->member);
    assert_false(spelling(&f, "mtx_trylock")->call || spelling(&f, "mtx_trylock")->member);
    assert_string_equal(lock_functions[spelling(&f, "mtx_trylock")->function].name, "mtx_trylock");
    assert_null(scan_spelling_at(&f.scan, at(&f, "mtx_trylock") + 1));
    assert_true(f.scan.redefined[lock_function_find("mtx_init", 8)]);
    assert_false(f.scan.redefined[lock_function_find("mtx_lock", 8)] || f.scan.digraph);
    arena_free(&f.arena);
    begin(&f, "%:define A\n");
    assert_true(f.scan.digraph);
    arena_free(&f.arena);
}

static void test_boundaries(void **state)
{
    struct fixture f;
    (void)state;
    begin(&f, "int a; struct s { int b; } c = {';'};\n#define X }\nint d(void) { for (;;) { e; } }\nint g[] = {1, 2}, h;");
    assert_int_equal(scan_boundary_before(&f.scan, at(&f, "int a")), 0);
    assert_int_equal(scan_boundary_before(&f.scan, at(&f, "struct s")), at(&f, " struct s"));
    assert_int_equal(scan_boundary_before(&f.scan, at(&f, "e;")), at(&f, "\n#define X"));
    assert_int_equal(scan_boundary_before(&f.scan, at(&f, "int g")), at(&f, "\nint g"));
    arena_free(&f.arena);
}

static void test_macro_uses(void **state)
{
    struct fixture f;
    macro_use_list uses = {0};
    (void)state;
    begin(&f, "#define LOCK(m) mtx_lock(m)\n"
              "#define OTHER(m) mtx_unlock(m)\n"
              "#define BOTH(m) do { LOCK(m); } while (0)\n"
              "#define LATE(m) BOTH(m)\n"
              "int f(void) { LOCK(&a); BOTH ((b, (c))); OTHER(d); LATE(\n e\n); x.y = BOTH; }\n");
    size_t offset = at(&f, "mtx_lock");
    scan_macro_uses(&f.text, &offset, 1, &uses);
    assert_int_equal(uses.count, 4);
    assert_int_equal(uses.items[0].begin, at(&f, "LOCK(&a)"));
    assert_int_equal(uses.items[0].end, at(&f, "; BOTH (("));
    assert_int_equal(uses.items[1].end, at(&f, "; OTHER(d)"));
    assert_int_equal(uses.items[2].end, at(&f, "; x.y"));
    assert_int_equal(uses.items[3].begin, at(&f, "BOTH; }"));
    assert_int_equal(uses.items[3].end, at(&f, "BOTH; }") + 4);
    offset = at(&f, "d); LATE");
    uses.count = 0;
    scan_macro_uses(&f.text, &offset, 1, &uses);
    assert_int_equal(uses.count, 0);
    arena_free(&f.arena);
}

/* Argument `index` of the call of `f`, or NULL. */
static const char *argument(struct fixture *f, unsigned index, unsigned count)
{
    size_t first, end;
    if (!scan_argument(&f->text, at(f, "f"), index, count, &first, &end)) return NULL;
    return arena_copy(&f->arena, f->text.bytes + first, end - first);
}

static void test_arguments(void **state)
{
    struct fixture f;
    (void)state;
    begin(&f, "x = f /* , */ (&a, g(b, c)[d, e], (struct s){1, 2}.m /* ) */ );");
    assert_string_equal(argument(&f, 0, 3), "&a");
    assert_string_equal(argument(&f, 1, 3), "g(b, c)[d, e]");
    assert_string_equal(argument(&f, 2, 3), "(struct s){1, 2}.m");
    assert_null(argument(&f, 0, 2));
    arena_free(&f.arena);
    begin(&f, "f; f2(a)");
    assert_null(argument(&f, 0, 1));
    arena_free(&f.arena);
    begin(&f, "f(a,\n#if 1\nb\n#endif\n)");
    assert_null(argument(&f, 0, 2));
    arena_free(&f.arena);
    begin(&f, "#define M f(a\n, b)");
    assert_null(argument(&f, 0, 2));
    arena_free(&f.arena);
    begin(&f, "f(a");
    assert_null(argument(&f, 0, 1));
    arena_free(&f.arena);
}

static void test_directive(void **state)
{
    struct fixture f;
    (void)state;
    begin(&f, "a\n  # define B c\n%: define D e\nf # g");
    assert_false(scan_in_directive(&f.text, at(&f, "a")) || scan_in_directive(&f.text, at(&f, "g")));
    assert_true(scan_in_directive(&f.text, at(&f, "c")) && scan_in_directive(&f.text, at(&f, "e\nf")));
    arena_free(&f.arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_spellings), cmocka_unit_test(test_boundaries), cmocka_unit_test(test_macro_uses),
        cmocka_unit_test(test_arguments), cmocka_unit_test(test_directive),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Symbols: static functions by their own name, files of another build not believed, damaged files survived. */
#include <elf.h>
#include <errno.h>
#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "self.h"

__attribute__((noinline)) static uintptr_t a_static_function(void)
{
    return (uintptr_t)__builtin_extract_return_addr(__builtin_return_address(0));
}

__attribute__((alias("a_static_function"), used)) static uintptr_t _aliased(void);

static void test_of_two_names_the_plainer(void **state)
{
    (void)state;
    struct mutray__symbols *symbols;
    assert_int_equal(mutray__symbols_open("/proc/self/exe", own_id, own_id_size, &symbols), 0);
    assert_string_equal(mutray__symbols_find(symbols, (uintptr_t)_aliased - own_bias), "a_static_function");
    mutray__symbols_close(symbols);
}

static void test_functions_are_found(void **state)
{
    (void)state;
    struct mutray__symbols *symbols;
    assert_int_equal(mutray__symbols_open("/proc/self/exe", own_id, own_id_size, &symbols), 0);
    assert_string_equal(mutray__symbols_find(symbols, (uintptr_t)a_static_function - own_bias), "a_static_function");
    assert_string_equal(mutray__symbols_find(symbols, (uintptr_t)a_static_function + 1 - own_bias),
                        "a_static_function");
    assert_string_equal(mutray__symbols_find(symbols, a_static_function() - 1 - own_bias), __func__);
    assert_null(mutray__symbols_find(symbols, 0));
    assert_null(mutray__symbols_find(symbols, UINTPTR_MAX));
    mutray__symbols_close(symbols);
}

static void test_another_build_is_not_believed(void **state)
{
    (void)state;
    struct mutray__symbols *symbols;
    assert_true(own_id_size > 0);
    own_id[0] ^= 1;
    assert_int_equal(mutray__symbols_open("/proc/self/exe", own_id, own_id_size, &symbols), -ESTALE);
    own_id[0] ^= 1;
    assert_int_equal(mutray__symbols_open("/proc/self/exe", own_id, 0, &symbols), -ESTALE);
}

static void test_what_is_no_elf_file(void **state)
{
    (void)state;
    struct mutray__symbols *symbols;
    assert_int_equal(mutray__symbols_open("/nonexistent", NULL, 0, &symbols), -ENOENT);
    assert_true(mutray__symbols_open("/dev/null", NULL, 0, &symbols) < 0);
    assert_true(mutray__symbols_open("/dev/tty", NULL, 0, &symbols) < 0);
    assert_true(mutray__symbols_open("/", NULL, 0, &symbols) < 0);
    assert_true(mutray__symbols_open("/etc/passwd", NULL, 0, &symbols) < 0);
}

static void open_bytes(const char *path, const unsigned char *bytes, size_t size)
{
    struct mutray__symbols *symbols;
    write_file(path, bytes, size);
    if (mutray__symbols_open(path, own_id, own_id_size, &symbols) == 0) {
        for (uintptr_t address = 0; address < 0x8000; address += 64) {
            const char *name = mutray__symbols_find(symbols, address);
            if (name != NULL)
                assert_true(strlen(name) < size);
        }
        mutray__symbols_close(symbols);
    }
}

/* Half files, and files whose headers lie. What counts is that nothing is read that is not there (see the ASan build). */
static void test_damaged_files(void **state)
{
    (void)state;
    char path[] = "/tmp/mutray-elf-XXXXXX";
    unsigned char *bytes;
    size_t size = read_self(&bytes);
    close(mkstemp(path));
    for (size_t cut = 0; cut < size; cut += size / 61)
        open_bytes(path, bytes, cut);
    ElfW(Ehdr) header;
    memcpy(&header, bytes, sizeof header);
    size_t table = header.e_shoff, table_size = (size_t)header.e_shnum * header.e_shentsize;
    srand(1);
    for (int round = 0; round < 400; round++) {
        size_t in_table = (size_t)rand() % table_size, where = round % 4 == 0 ? (size_t)rand() % 64 : table + in_table;
        unsigned char was = bytes[where];
        bytes[where] = (unsigned char)rand();
        open_bytes(path, bytes, size);
        bytes[where] = was;
    }
    free(bytes);
    unlink(path);
}

static void test_notes(void **state)
{
    (void)state;
    size_t size = 0;
    struct {
        ElfW(Nhdr) header;
        char name[4];
        unsigned char content[8];
    } note = {{4, 8, NT_GNU_BUILD_ID}, "GNU", {1, 2, 3, 4, 5, 6, 7, 8}};
    assert_ptr_equal(mutray__build_id(&note, sizeof note, &size), note.content);
    assert_int_equal(size, 8);
    for (size_t cut = 0; cut < sizeof note; cut++)
        assert_null(mutray__build_id(&note, cut, &size));
    note.header.n_descsz = UINT32_MAX;
    assert_null(mutray__build_id(&note, sizeof note, &size));
    note.header.n_descsz = 8;
    note.header.n_namesz = UINT32_MAX - 1;
    assert_null(mutray__build_id(&note, sizeof note, &size));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_functions_are_found), cmocka_unit_test(test_of_two_names_the_plainer),
        cmocka_unit_test(test_another_build_is_not_believed),
        cmocka_unit_test(test_what_is_no_elf_file), cmocka_unit_test(test_damaged_files),
        cmocka_unit_test(test_notes),
    };
    return cmocka_run_group_tests(tests, find_self, NULL);
}

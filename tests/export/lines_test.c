/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lines from debug information that is damaged: this program's own, with bytes changed at random in its debug sections,
 * while the build-id, and so the trust in it, stays. Nothing may crash, run on for ever, or be told from outside the
 * file. A number as argument is how many files are tried.
 */
#include <elf.h>
#include <errno.h>
#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "lines.h"
#include "self.h"

extern const struct mutray__lines_api mutray__lines_api;

static int rounds = 200;

static inline __attribute__((always_inline)) uintptr_t an_inlined_function(void)
{
    return (uintptr_t)__builtin_extract_return_addr(__builtin_return_address(0));
}

__attribute__((noinline)) static uintptr_t here(void)
{
    return an_inlined_function();
}

static uint64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static const uint64_t never = UINT64_MAX;

static void test_lines_are_found(void **state)
{
    (void)state;
    struct mutray__line_source *source;
    struct mutray__line lines[MUTRAY__MOST_LINES];
    assert_int_equal(mutray__lines_api.open("/proc/self/exe", own_id, own_id_size, "", &source), 0);
    assert_int_equal(mutray__lines_api.find(source, here() - 1 - own_bias, never, lines), 1);
    assert_string_equal(lines[0].function, __func__);
    assert_non_null(strstr(lines[0].file, "tests/export/lines_test.c"));
    assert_int_equal(lines[0].line, __LINE__ - 3);
    assert_true(mutray__lines_api.find(source, (uintptr_t)here - own_bias, never, lines) >= 1);
    assert_int_equal(mutray__lines_api.find(source, 0, never, lines), 0);
    assert_int_equal(mutray__lines_api.find(source, UINTPTR_MAX, never, lines), 0);
    mutray__lines_api.close(source);
}

static void test_no_time_no_lines(void **state)
{
    (void)state;
    struct mutray__line_source *source;
    struct mutray__line lines[MUTRAY__MOST_LINES];
    assert_int_equal(mutray__lines_api.open("/proc/self/exe", own_id, own_id_size, "", &source), 0);
    assert_int_equal(mutray__lines_api.find(source, (uintptr_t)here - own_bias, now_ns() - 1, lines), 0);
    mutray__lines_api.close(source);
}

static void test_what_cannot_be_opened(void **state)
{
    (void)state;
    struct mutray__line_source *source;
    own_id[0] ^= 1;
    assert_int_equal(mutray__lines_api.open("/proc/self/exe", own_id, own_id_size, "", &source), -ESTALE);
    own_id[0] ^= 1;
    assert_int_equal(mutray__lines_api.open("/nonexistent", own_id, own_id_size, "", &source), -ENOENT);
    assert_true(mutray__lines_api.open("/dev/null", NULL, 0, "", &source) < 0);
    assert_true(mutray__lines_api.open("/etc/passwd", NULL, 0, "", &source) < 0);
    assert_true(mutray__lines_api.open("/", NULL, 0, "", &source) < 0);
}

/* All that is told is looked at: how many characters that were. */
static size_t ask_everything(const char *path)
{
    struct mutray__line_source *source;
    size_t told = 0;
    if (mutray__lines_api.open(path, own_id, own_id_size, "", &source) != 0)
        return 0;
    uint64_t deadline = now_ns() + 200000000;
    uintptr_t middle = (uintptr_t)here - own_bias, first = middle > 0x4000 ? middle - 0x4000 : 0;
    for (uintptr_t address = first; address < middle + 0x4000; address += 16) {
        struct mutray__line lines[MUTRAY__MOST_LINES];
        unsigned count = mutray__lines_api.find(source, address, deadline, lines);
        assert_true(count <= MUTRAY__MOST_LINES);
        for (unsigned i = 0; i < count; i++)
            told += (lines[i].function != NULL ? strlen(lines[i].function) : 0) +
                    (lines[i].file != NULL ? strlen(lines[i].file) : 0);
    }
    mutray__lines_api.close(source);
    return told;
}

struct section {
    size_t offset, size;
};

/* The sections with debug information. */
static size_t find_sections(const unsigned char *bytes, struct section *ret, size_t room)
{
    const ElfW(Ehdr) *header = (const void *)bytes;
    const ElfW(Shdr) *sections = (const void *)(bytes + header->e_shoff);
    const char *names = (const char *)bytes + sections[header->e_shstrndx].sh_offset;
    size_t count = 0;
    for (unsigned i = 0; i < header->e_shnum && count < room; i++)
        if (strncmp(names + sections[i].sh_name, ".debug_", 7) == 0)
            ret[count++] = (struct section){sections[i].sh_offset, sections[i].sh_size};
    return count;
}

static void test_damaged_debug_information(void **state)
{
    (void)state;
    char path[] = "/tmp/mutray-dwarf-XXXXXX";
    unsigned char *good, *bytes;
    struct section sections[32];
    size_t size = read_self(&good), count = find_sections(good, sections, 32);
    assert_true(count >= 4);
    bytes = malloc(size);
    close(mkstemp(path));
    write_file(path, good, size);
    assert_true(ask_everything(path) > 10000);
    for (int round = 0; round < rounds; round++) {
        srand((unsigned)round);
        memcpy(bytes, good, size);
        const struct section *section = &sections[(size_t)rand() % count];
        for (int changes = 1 + rand() % 20; changes > 0; changes--)
            bytes[section->offset + (size_t)rand() % section->size] =
                (unsigned char)(rand() % 4 == 0 ? 0xff : rand() % 4 == 0 ? 0 : rand());
        write_file(path, bytes, size);
        ask_everything(path);
    }
    unlink(path);
    free(bytes);
    free(good);
}

int main(int count, char **arguments)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lines_are_found),
        cmocka_unit_test(test_no_time_no_lines),
        cmocka_unit_test(test_what_cannot_be_opened),
        cmocka_unit_test(test_damaged_debug_information),
    };
    if (count > 1)
        rounds = atoi(arguments[1]);
    return cmocka_run_group_tests(tests, find_self, NULL);
}

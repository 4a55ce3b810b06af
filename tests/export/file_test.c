/* SPDX-License-Identifier: Apache-2.0 */
/* Profiles in files: named when whole, never through a link, gone after an error. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmocka_all.h"
#include "file.h"

static char folder[] = "/tmp/mutray-file-XXXXXX";
static char prefix[64];

static int count_files(void)
{
    int count = 0;
    DIR *opened = opendir(folder);
    for (struct dirent *entry; (entry = readdir(opened)) != NULL;)
        count += entry->d_name[0] != '.';
    closedir(opened);
    return count;
}

static int make_folder(void **state)
{
    (void)state;
    strcpy(folder, "/tmp/mutray-file-XXXXXX");
    umask(022);
    snprintf(prefix, sizeof prefix, "%s/p", mkdtemp(folder));
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    char command[128];
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    return system(command);
}

static void test_named_only_when_whole(void **state)
{
    (void)state;
    struct mutray__file file;
    char text[8] = "", path[96];
    assert_int_equal(mutray__file_begin(&file, prefix, 42, 7), 0);
    snprintf(path, sizeof path, "%s.42.7.pprof", prefix);
    assert_string_equal(file.path, path);
    assert_int_equal(mutray__file_put(&file, "abc", 3), 0);
    assert_int_equal(access(path, F_OK), -1);
    assert_int_equal(mutray__file_end(&file, 0), 0);
    int fd = open(path, O_RDONLY);
    struct stat status;
    assert_int_equal(read(fd, text, sizeof text), 3);
    assert_int_equal(fstat(fd, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0644);
    close(fd);
    assert_string_equal(text, "abc");
    assert_int_equal(count_files(), 1);
}

static void test_error_leaves_nothing(void **state)
{
    (void)state;
    struct mutray__file file;
    assert_int_equal(mutray__file_begin(&file, prefix, 1, 1), 0);
    mutray__file_put(&file, "abc", 3);
    assert_int_equal(mutray__file_end(&file, -ENOMEM), -ENOMEM);
    assert_int_equal(count_files(), 0);
}

static void test_unwritable(void **state)
{
    (void)state;
    struct mutray__file file;
    assert_int_equal(mutray__file_begin(&file, "/nonexistent/p", 1, 1), -ENOENT);
    assert_int_equal(mutray__file_put(&file, "abc", 3), -ENOENT);
    assert_int_equal(mutray__file_end(&file, 0), -ENOENT);
    char longest[5000];
    memset(longest, 'x', sizeof longest - 1);
    longest[sizeof longest - 1] = '\0';
    assert_int_equal(mutray__file_begin(&file, longest, 1, 1), -ENAMETOOLONG);
    assert_int_equal(mutray__file_end(&file, 0), -ENAMETOOLONG);
}

static void test_not_through_a_link(void **state)
{
    (void)state;
    struct mutray__file file;
    char draft[96], victim[96];
    struct stat status;
    snprintf(draft, sizeof draft, "%s.1.1.pprof.part", prefix);
    snprintf(victim, sizeof victim, "%s-victim", prefix);
    close(open(victim, O_CREAT | O_WRONLY, 0600));
    assert_int_equal(symlink(victim, draft), 0);
    assert_int_equal(mutray__file_begin(&file, prefix, 1, 1), 0);
    mutray__file_put(&file, "abc", 3);
    assert_int_equal(mutray__file_end(&file, 0), 0);
    assert_int_equal(stat(victim, &status), 0);
    assert_int_equal(status.st_size, 0);
    assert_int_equal(count_files(), 2); /* victim, profile */
}

static void test_full_disk(void **state)
{
    (void)state;
    struct mutray__file file;
    struct rlimit before, small = {.rlim_cur = 4};
    signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &before);
    small.rlim_max = before.rlim_max;
    assert_int_equal(mutray__file_begin(&file, prefix, 1, 1), 0);
    setrlimit(RLIMIT_FSIZE, &small);
    int put = mutray__file_put(&file, "abcdefgh", 8), end = mutray__file_end(&file, 0);
    setrlimit(RLIMIT_FSIZE, &before);
    assert_int_equal(put, -EFBIG);
    assert_int_equal(end, -EFBIG);
    assert_int_equal(count_files(), 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, make_folder, remove_folder)
    const struct CMUnitTest tests[] = {
        TEST(test_named_only_when_whole), TEST(test_error_leaves_nothing), TEST(test_unwritable),
        TEST(test_not_through_a_link),    TEST(test_full_disk),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

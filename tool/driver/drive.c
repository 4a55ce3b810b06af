/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `mutray cc`: puts mutray-stage between a compiler driver and the programs it runs.
 *
 * gcc can be told to (-wrapper), and then does everything as it always does: dependencies, several sources, pipes,
 * saved temporaries, linking. clang cannot; its list of jobs is asked for and run (jobs.c). Questions to the compiler,
 * and compilers that are neither, are handed on untouched.
 */
#include "drive.h"

#include "base/paths.h"
#include "base/say.h"
#include "command_line.h"
#include "compiler.h"
#include "log.h"
#include "pieces.h"
#include "process.h"

#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool is_on(const char *variable)
{
    const char *value = getenv(variable);
    return value != NULL && *value != 0 && strcmp(value, "0") != 0;
}

/*
 * As ccache's prefix command mutray would fill the cache with objects that ccache takes for the plain compiler's: the
 * prefix is not in its key. Then ccache is our parent, and we are not in its command line (as we are in
 * `ccache mutray-cc gcc`, which is fine: there we are the compiler).
 */
static bool is_ccache_prefix(void)
{
    char path[PATH_MAX], *file = mutray_format("/proc/%d/exe", (int)getppid());
    ssize_t size = readlink(file, path, sizeof path - 1);
    if (size <= 0) return false;
    path[size] = 0;
    if (!starts_with(base_name(path), "ccache")) return false;

    struct bytes words = {0};
    if (bytes_read_file(&words, mutray_format("/proc/%d/cmdline", (int)getppid())) != 0) return false;
    for (size_t at = 0; at < words.size; at += strlen(words.at + at) + 1) {
        const char *name = base_name(words.at + at);
        if (strcmp(name, "mutray-cc") == 0 || strcmp(name, "mutray") == 0) return false;
    }
    return true;
}

/* gcc splits the wrapper at commas. Where its path has one, an open file that gcc inherits stands for it. */
static const char *path_for_wrapper(const char *stage)
{
    if (strchr(stage, ',') == NULL) return stage;
    int fd = open(stage, O_PATH);
    return fd < 0 ? NULL : mutray_format("/proc/self/fd/%d", fd);
}

/* Launchers that send the work to other machines, where there is no mutray: such units are compiled here. */
static bool is_remote(const char *launcher)
{
    return strcmp(base_name(launcher), "distcc") == 0 || strcmp(base_name(launcher), "icecc") == 0;
}

static void __attribute__((noreturn)) run_gcc(char *const *argv, size_t compiler, const char *stage, const char *key)
{
    struct words words = {0};
    const char *path = path_for_wrapper(stage);

    if (path == NULL) process_become_or_die(argv);
    for (size_t i = 0; i <= compiler; i++)
        if (i == compiler || !is_remote(argv[i])) words_add(&words, argv[i]);
    words_add(&words, "-wrapper");
    words_add(&words, mutray_format("%s,%s", path, key));
    words_add_all(&words, argv + compiler + 1);
    process_become_or_die(words.at);
}

/*
 * clang's jobs are mutray's to run, so ccache before clang must take mutray-cc for the compiler. What tells such compilers
 * apart, and is in ccache's key, is our own key and the file of the real one, which mutray-cc finds in the environment.
 */
static void let_ccache_run_clang(char *const *argv, size_t compiler, const char *stage, const char *key)
{
    struct words words = {0};
    struct stat about;
    const char *self = mutray_format("%.*s/mutray-cc", (int)(strrchr(stage, '/') - stage), stage); /* a link */
    const char *path = mutray_path_find(argv[compiler]);
    bool cached = false;

    for (size_t i = 0; i < compiler; i++)
        cached = cached || strcmp(base_name(argv[i]), "ccache") == 0;
    if (!cached || access(self, X_OK) != 0 || path == NULL || stat(path, &about) != 0) return;
    setenv(DRIVE_COMPILER, argv[compiler], 1);
    setenv("CCACHE_COMPILERTYPE", "clang", 1);
    setenv("CCACHE_COMPILERCHECK", mutray_format("string:%s %s %jd %jd.%09ld", key, path, (intmax_t)about.st_size,
                                                 (intmax_t)about.st_mtim.tv_sec, about.st_mtim.tv_nsec), 1);
    for (size_t i = 0; i < compiler; i++)
        if (!is_remote(argv[i])) words_add(&words, argv[i]);
    words_add(&words, self);
    words_add_all(&words, argv + compiler + 1);
    process_become_or_die(words.at);
}

void drive(char *const *argv, bool strict)
{
    struct compiler compiler;
    const char *reason = NULL, *stage = mutray_path_program("mutray-stage");

    if (is_on("MUTRAY_OFF")) process_become_or_die(argv);
    if (is_ccache_prefix())
        mutray_die("as ccache's prefix command it would poison the cache; use `mutray cc -- ccache gcc ...` instead");

    compiler_find(argv, &compiler);
    if (compiler.family == COMPILER_UNKNOWN)
        reason = "not a compiler known to mutray";
    else
        reason = command_line_unfit(argv + compiler.at + 1);
    if (reason == NULL && stage == NULL) reason = "mutray-stage is missing; install mutray again";
    if (reason != NULL) {
        log_line("%s: left alone: %s", argv[0], reason);
        process_become_or_die(argv);
    }

    strict = strict || is_on("MUTRAY_STRICT");
    const char *key =
        mutray_format("%016" PRIx64 "%s", pieces_fingerprint(argv + compiler.at + 1), strict ? "-strict" : "");
    if (compiler.family == COMPILER_CLANG) {
        if (strict) setenv("MUTRAY_STRICT", "1", 1);
        let_ccache_run_clang(argv, compiler.at, stage, key);
        jobs_run(argv + compiler.at, stage, key);
    }
    run_gcc(argv, compiler.at, stage, key);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `mutray run -- PROGRAM ...`: runs a program with profiling on and shows the table of its locks when it has ended.
 * Standard output stays the program's own, as does the exit status; the table goes to standard error. The profiles stay
 * where they are, for other tools; all processes the program made write beside each other, and are shown together.
 */
#include "base/browser.h"
#include "base/child.h"
#include "base/elf_file.h"
#include "base/paths.h"
#include "base/say.h"
#include "cmd/command.h"
#include "cmd/view_options.h"
#include "profile/export.h"

#include <dirent.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static struct mutray_view view;
static double capture_pct = NAN;
static const char *keep, *output, *json;
static bool quiet, open_page;
static bool made_folder; /* a temporary one */

const struct mutray_option mutray_cmd_run_options[] = {
    {"pct", 'p', MUTRAY_REAL, &capture_pct, "PCT",
     "sample this share of acquires and holds (10); waits are always seen"},
    {"keep", 0, MUTRAY_TEXT, &keep, "DIR", "write the profiles to this folder, not to a temporary one"},
    {"output", 'o', MUTRAY_TEXT, &output, "FILE", "write the table to FILE instead of standard error"},
    {"json", 0, MUTRAY_TEXT, &json, "FILE", "write the table to FILE as JSON too"},
    {"open", 0, MUTRAY_FLAG, &open_page, NULL, "open the page of `mutray export --html` in a browser too"},
    {"quiet", 'q', MUTRAY_FLAG, &quiet, NULL, "show no table and no progress"},
    MUTRAY_VIEW_OPTIONS(view),
    {.kind = MUTRAY_END},
};

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash != NULL ? slash + 1 : path;
}

/* ---- Before: where profiles go, and the runtime ---- */

/* The environment as it is before it becomes that of a program to profile. */
static char **copy_environment(void)
{
    size_t count = 0;
    while (environ[count] != NULL) count++;
    char **copy = mutray_calloc(count + 1, sizeof *copy);
    for (size_t i = 0; i < count; i++) copy[i] = mutray_strdup(environ[i]);
    return copy;
}

static void free_environment(char **environment)
{
    for (size_t i = 0; environment[i] != NULL; i++) free(environment[i]);
    free(environment);
}

/* A folder to write to, absolute, since the program may change its own. */
static char *make_folder(const char *program)
{
    if (keep != NULL) {
        if (mkdir(keep, 0777) < 0 && errno != EEXIST)
            mutray_die("run: cannot make folder %s: %s", keep, strerror(errno));
        char *path = realpath(keep, NULL);
        if (path == NULL || access(path, W_OK) < 0)
            mutray_die("run: cannot write to folder %s: %s", keep, strerror(errno));
        return path;
    }
    const char *parent = getenv("TMPDIR");
    char *path = mutray_format("%s/mutray-%s-XXXXXX", parent != NULL && parent[0] == '/' ? parent : "/tmp", program);
    made_folder = true;
    if (mkdtemp(path) == NULL) {
        mutray_die("run: cannot make a folder like %s: %s; name one with --keep DIR", path, strerror(errno));
    }
    return path;
}

static char *choose_prefix(const char *program)
{
    const char *set = getenv("DD_PROFILING_OUTPUT_PPROF");
    if (set != NULL && set[0] != '\0' && keep == NULL) return mutray_strdup(set);
    char *folder = make_folder(program), *prefix = mutray_format("%s/%s", folder, program);
    setenv("DD_PROFILING_OUTPUT_PPROF", prefix, 1);
    free(folder);
    return prefix;
}

/* A program without the runtime gets it preloaded; with it, a second one would only be in the way. */
static void preload(const struct mutray_elf *elf)
{
    if (elf->has_runtime) return;
    char *library = mutray_path_library("libmutray.so");
    const char *others = getenv("LD_PRELOAD");
    if (library == NULL) {
        mutray_warn("run: libmutray.so is not beside this mutray; only a program linked with it can be profiled");
        return;
    }
    char *value =
        others != NULL && others[0] != '\0' ? mutray_format("%s:%s", library, others) : mutray_strdup(library);
    setenv("LD_PRELOAD", value, 1);
    free(value);
    free(library);
}

static void set_environment(const struct mutray_elf *elf)
{
    setenv("DD_PROFILING_ENABLED", "true", 1);
    if (!isnan(capture_pct)) {
        char text[32];
        snprintf(text, sizeof text, "%g", capture_pct);
        setenv("DD_PROFILING_CAPTURE_PCT", text, 1);
    } else {
        setenv("DD_PROFILING_CAPTURE_PCT", "10", 0);
    }
    preload(elf);
}

/* ---- Meanwhile ---- */

static void progress(void *context)
{
    time_t *start = context;
    long seconds = (long)(time(NULL) - *start);
    if (seconds >= 10)
        fprintf(stderr, "\r\033[Kmutray: profiling for %s ", mutray_duration((double)seconds * 1e9).text);
}

/* The terminal is the program's; progress is shown only where the program's output goes elsewhere. */
static bool progress_wanted(void)
{
    return !quiet && isatty(STDERR_FILENO) && !isatty(STDOUT_FILENO);
}

/* ---- Afterwards: what was written ---- */

struct found {
    char **paths;
    size_t count, capacity;
};

/* PREFIX.*.pprof written since `start`. */
static struct found find_profiles(const char *prefix, const struct timespec *start)
{
    struct found found = {0};
    const char *name = base_name(prefix);
    char *folder = name == prefix ? mutray_strdup(".") : mutray_format("%.*s", (int)(name - prefix), prefix);
    DIR *entries = opendir(folder);
    size_t length = strlen(name);
    for (struct dirent *entry; entries != NULL && (entry = readdir(entries)) != NULL;) {
        struct stat status;
        size_t size = strlen(entry->d_name);
        if (strncmp(entry->d_name, name, length) != 0 || entry->d_name[length] != '.') continue;
        if (size < 6 || strcmp(entry->d_name + size - 6, ".pprof") != 0) continue;
        if (fstatat(dirfd(entries), entry->d_name, &status, 0) < 0) continue;
        if (status.st_mtim.tv_sec < start->tv_sec ||
            (status.st_mtim.tv_sec == start->tv_sec && status.st_mtim.tv_nsec < start->tv_nsec)) {
            continue;
        }
        found.paths = mutray_grow(found.paths, found.count, &found.capacity, sizeof *found.paths);
        found.paths[found.count++] = mutray_format("%s/%s", folder, entry->d_name);
    }
    if (entries != NULL) closedir(entries);
    free(folder);
    return found;
}

static void free_found(struct found *found)
{
    for (size_t i = 0; i < found->count; i++) free(found->paths[i]);
    free(found->paths);
}

/*
 * A time that the profiles of this run are not older than, and those of earlier ones are. The clock of file times ticks
 * every few milliseconds: what a run just before has left is waited out, but for files from the future.
 */
static struct timespec find_start(const char *prefix)
{
    enum { MOST_TICKS = 10 };
    struct timespec start;
    for (unsigned ticks = 0; ticks < MOST_TICKS; ticks++) {
        clock_gettime(CLOCK_REALTIME_COARSE, &start);
        struct found found = find_profiles(prefix, &start);
        free_found(&found);
        if (found.count == 0) break;
        nanosleep(&(struct timespec){.tv_nsec = 4000000}, NULL);
    }
    return start;
}

/* The temporary folder, when nothing came to be in it. rmdir leaves folders with files alone. */
static void remove_if_empty(const char *prefix)
{
    if (!made_folder) return;
    char *folder = mutray_format("%.*s", (int)(base_name(prefix) - prefix), prefix);
    rmdir(folder);
    free(folder);
}

static FILE *open_output(const char *path)
{
    FILE *out = fopen(path, "we");
    if (out == NULL) mutray_die("run: cannot write %s: %s", path, strerror(errno));
    return out;
}

static void close_output(FILE *out, const char *path)
{
    if (ferror(out) | (fclose(out) != 0)) mutray_die("run: cannot write %s: %s", path, strerror(errno));
}

/* Shows the table. Files that cannot be read are said, and taken from the list. */
static void report(struct found *found, const char *prefix)
{
    size_t good = 0;
    struct mutray_table *table = mutray_table_new();
    for (size_t i = 0; i < found->count; i++) {
        struct mutray_error error;
        if (mutray_table_add_file(table, found->paths[i], &error) < 0) {
            mutray_warn("%s: %s", found->paths[i], error.text);
            free(found->paths[i]);
        } else {
            found->paths[good++] = found->paths[i];
        }
    }
    found->count = good;
    mutray_table_finish(table);
    if (json != NULL) {
        FILE *out = open_output(json);
        mutray_view_json(table, &view, out);
        close_output(out, json);
    }
    if (output != NULL) {
        FILE *out = open_output(output);
        mutray_view_text(table, &view, out);
        close_output(out, output);
    } else if (!quiet) {
        fputc('\n', stderr);
        mutray_view_text(table, &view, stderr);
        fprintf(stderr, "profiles: %s.*.pprof\n", prefix);
    }
    mutray_table_free(table);
}

/* The page is put beside the profiles. */
static void show_page(const struct found *found, const char *prefix, char *const *environment)
{
    struct mutray_stacks *stacks = mutray_stacks_of_files((const char *const *)found->paths, found->count, view.filter);
    char *path = mutray_format("%s.locks.html", prefix);
    FILE *out = open_output(path);
    mutray_export_html(stacks, ".", out);
    close_output(out, path);
    mutray_stacks_free(stacks);
    if (!quiet) fprintf(stderr, "page: %s\n", path);
    char *absolute = realpath(path, NULL); /* a browser may look at it from somewhere else */
    int result = mutray_browser_open(absolute != NULL ? absolute : path, environment);
    free(absolute);
    if (result < 0) {
        mutray_warn("run: no browser for %s: %s; open it yourself, or name a browser in BROWSER", path,
                    strerror(-result));
    }
    free(path);
}

/* Nothing was written: the likeliest reason, most certain first. */
static void explain_nothing(const char *program, const struct mutray_elf *elf, int wait_status)
{
    if (elf->is_elf && !elf->has_runtime && !elf->is_dynamic) {
        mutray_warn(
            "run: no profile: %s is static and has no runtime; link it with `mutray cc` too, not only compile it",
            program);
    } else if (elf->is_setid) {
        mutray_warn(
            "run: no profile: %s is set-user-ID or set-group-ID, and such programs take no settings from outside",
            program);
    } else if (WIFSIGNALED(wait_status)) {
        mutray_warn("run: no profile: %s was killed (%s) before it wrote one; a profile is written at exit and once a "
                    "DD_PROFILING_UPLOAD_INTERVAL (60 s)",
                    program, strsignal(WTERMSIG(wait_status)));
    } else {
        mutray_warn(
            "run: no profile: %s ended without writing one; `mutray status` shows whether it is instrumented, and "
            "a program that ends by _exit() or clears its environment writes none",
            program);
    }
}

int mutray_cmd_run(int argc, char **argv)
{
    int operands = mutray_options_parse("run", mutray_cmd_run_options, MUTRAY_OPERANDS_LAST, argc, argv);
    if (operands == 0) mutray_die("run: give the program to run, as in `mutray run -- ./app`");
    if (capture_pct > 100) mutray_die("run: --pct is a percentage, 0 to 100");
    char **program = argv + 1;
    char *file = mutray_path_find(program[0]);
    struct mutray_elf elf = {0};
    time_t start_seconds = time(NULL);
    int wait_status;
    if (file != NULL) mutray_elf_read(file, &elf);
    free(file);
    char **environment = copy_environment();
    char *prefix = choose_prefix(base_name(program[0]));
    set_environment(&elf);
    struct timespec start = find_start(prefix);
    bool show = progress_wanted();
    int result = mutray_child_run(program, show ? progress : NULL, &start_seconds, &wait_status);
    if (result < 0) {
        mutray_warn("run: cannot run %s: %s; give a program in PATH or a path such as ./app", program[0],
                    strerror(-result));
        remove_if_empty(prefix);
        exit(result == -ENOENT ? 127 : 126); /* as a shell says it */
    }
    if (show) fputs("\r\033[K", stderr);
    struct found found = find_profiles(prefix, &start);
    if (found.count > 0) {
        report(&found, prefix);
        if (open_page && found.count > 0) show_page(&found, prefix, environment);
    } else {
        explain_nothing(program[0], &elf, wait_status);
        remove_if_empty(prefix);
    }
    free_found(&found);
    free(prefix);
    free_environment(environment);
    mutray_child_exit_like(wait_status);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The whole way, once: a program with two locks is compiled by `mutray cc`, run with everything measured, and its
 * profile read. Each lock has to be there under its name, with the number of acquires and releases that the program
 * did. With a destination the program uploads the profile too, and says what came of that; nothing else can tell
 * whether an API key is good.
 */
#include "doctor.h"

#include "base/paths.h"
#include "base/say.h"
#include "driver/process.h"
#include "profile/table.h"

#include <errno.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SOURCE "mutray_doctor.c"
#define ROUNDS 100

/* It ends by _exit() since everything has been flushed: a second, empty profile would only take time. */
static const char program_text[] = "#include <pthread.h>\n"
                                   "#include <stdio.h>\n"
                                   "#include <unistd.h>\n"
                                   "extern int mutray_flush(void) __attribute__((weak));\n"
                                   "static pthread_mutex_t first_lock = PTHREAD_MUTEX_INITIALIZER;\n"
                                   "static struct { pthread_mutex_t second_lock; } object;\n"
                                   "int main(void)\n"
                                   "{\n"
                                   "    pthread_mutex_init(&object.second_lock, NULL);\n"
                                   "    for (int i = 0; i < 100; i++) {\n"
                                   "        pthread_mutex_lock(&first_lock);\n"
                                   "        pthread_mutex_lock(&object.second_lock);\n"
                                   "        pthread_mutex_unlock(&object.second_lock);\n"
                                   "        pthread_mutex_unlock(&first_lock);\n"
                                   "    }\n"
                                   "    printf(\"%d\\n\", mutray_flush != NULL ? mutray_flush() : 1);\n"
                                   "    fflush(stdout);\n"
                                   "    _exit(0);\n"
                                   "}\n";
static const char *const expected_names[] = {SOURCE ":5:first_lock", SOURCE ":9:second_lock"};

struct work {
    struct doctor *doctor;
    char *folder, *source, *program, *words; /* words: what a program said on standard error */
};

/* The first or last line of what was said, "" if nothing was; of the runtime's lines without "mutray: ". */
static char *line_of(const struct work *work, bool last)
{
    struct bytes bytes = {0};
    bytes_read_file(&bytes, work->words);
    while (bytes.size > 0 && bytes.at[bytes.size - 1] == '\n') bytes.at[--bytes.size] = '\0';
    const char *line = bytes.size > 0 ? bytes.at : "", *end = strrchr(line, '\n');
    if (last && end != NULL) line = end + 1;
    if (starts_with(line, "mutray: ")) line += 8;
    char *copy = mutray_format("%.*s", (int)strcspn(line, "\n"), line);
    free(bytes.at);
    return copy;
}

static bool write_source(const struct work *work)
{
    FILE *out = fopen(work->source, "we");
    if (out == NULL) return false;
    fputs(program_text, out);
    return !(ferror(out) | (fclose(out) != 0));
}

static bool compile(const struct work *work, const char *compiler)
{
    char *mutray = mutray_path_program("mutray");
    char *argv[] = {mutray,  "cc", "--strict", "--", (char *)compiler, "-pthread", "-o", work->program, work->source,
                    NULL};
    struct process_setup setup = {.output = "/dev/null", .errors = work->words};
    int status, result = mutray == NULL ? -ENOENT : process_run(argv, &setup, &status);
    bool done = result == 0 && process_succeeded(status);
    free(mutray);
    char *line = done ? NULL : line_of(work, false);
    if (done)
        doctor_add(work->doctor, DOCTOR_self_test, DOCTOR_GOOD, "compile", "two locks, with `mutray cc -- %s`",
                   compiler);
    else
        doctor_add(work->doctor, DOCTOR_self_test, DOCTOR_BAD, "compile",
                   "`mutray cc -- %s` fails: %s; does `%s` compile without mutray?", compiler,
                   line[0] != '\0' ? line : "it cannot be run", compiler);
    free(line);
    return done;
}

/* The environment stays the user's, but for what would hide the profile, or put it among somebody's real ones. */
static void set_environment(const struct work *work)
{
    static const char *const unwanted[] = {"MUTRAY_DISABLE",     "DD_PROFILING_LOCK_ENABLED", "MUTRAY_UPSCALE",
                                           "MUTRAY_MEMORY_MB",   "LD_PRELOAD",                "MUTRAY_CC_LOG",
                                           "DD_PROFILING_UPLOAD_INTERVAL"};
    char *prefix = mutray_format("%s/profile", work->folder);
    for (size_t i = 0; i < sizeof unwanted / sizeof unwanted[0]; i++) unsetenv(unwanted[i]);
    setenv("DD_PROFILING_ENABLED", "true", 1);
    setenv("DD_PROFILING_CAPTURE_PCT", "100", 1);
    setenv("DD_PROFILING_OUTPUT_PPROF", prefix, 1);
    setenv("DD_SERVICE", "mutray-doctor", 1);
    setenv("MUTRAY_LOG", "true", 1);
    if (work->doctor->can_upload && work->doctor->where.kind == MUTRAY__TO_AGENT) {
        char where[1100];
        mutray__destination_show(&work->doctor->where, sizeof where, where);
        if (work->doctor->options.agent_url[0] == '\0') setenv("DD_TRACE_AGENT_URL", where, 1);
    }
    free(prefix);
}

/* What mutray_flush() said in the program: 0, or a negative errno. */
static bool run(const struct work *work, int *ret_flushed)
{
    struct bytes said = {0};
    struct process_setup setup = {.capture = &said, .errors = work->words};
    char *argv[] = {work->program, NULL}, *end;
    int status;
    set_environment(work);
    bool done = process_run(argv, &setup, &status) == 0 && process_succeeded(status) && said.size > 0;
    *ret_flushed = done ? (int)strtol(said.at, &end, 10) : 0;
    free(said.at);
    if (done && *ret_flushed != 1) return true;
    doctor_add(work->doctor, DOCTOR_self_test, DOCTOR_BAD, "run",
               done ? "the program was linked without libmutray; `MUTRAY_CC_LOG=/dev/stderr mutray cc ...` says why"
                    : "the program does not run; is libmutray.so where it was when the program was linked?");
    return false;
}

static void check_lock(struct work *work, const struct mutray_table *table, const char *name)
{
    for (size_t i = 0; i < table->count; i++) {
        const struct mutray_lock_row *row = table->locks[i];
        if (strcmp(row->name, name) != 0) continue;
        bool right = row->acquires == ROUNDS && row->releases == ROUNDS;
        doctor_add(work->doctor, DOCTOR_self_test, right ? DOCTOR_GOOD : DOCTOR_BAD, name,
                   "%.0f acquires and %.0f releases of %d%s", row->acquires, row->releases, ROUNDS,
                   right ? "" : "; please report this");
        return;
    }
    doctor_add(work->doctor, DOCTOR_self_test, DOCTOR_BAD, name, "not in the profile, which has %zu other locks",
               table->count);
}

static void read_profiles(struct work *work)
{
    char *pattern = mutray_format("%s/profile.*.pprof", work->folder);
    glob_t found = {0};
    struct mutray_error error;
    struct mutray_table *table = mutray_table_new();
    glob(pattern, 0, NULL, &found);
    for (size_t i = 0; i < found.gl_pathc; i++)
        if (mutray_table_add_file(table, found.gl_pathv[i], &error) < 0)
            doctor_add(work->doctor, DOCTOR_self_test, DOCTOR_BAD, "profile", "%s", error.text);
    mutray_table_finish(table);
    char *line = line_of(work, true);
    if (found.gl_pathc == 0)
        doctor_add(work->doctor, DOCTOR_self_test, DOCTOR_BAD, "profile", "none was written%s%s",
                   line[0] != '\0' ? ": " : "", line);
    else
        for (size_t i = 0; i < sizeof expected_names / sizeof expected_names[0]; i++)
            check_lock(work, table, expected_names[i]);
    work->doctor->named = !doctor_has_bad(work->doctor, DOCTOR_self_test);
    mutray_table_free(table);
    globfree(&found);
    free(pattern);
    free(line);
}

static void judge_upload(struct work *work, int flushed)
{
    struct doctor *doctor = work->doctor;
    if (!doctor->can_upload) return;
    doctor->delivered = flushed == 0;
    if (!doctor->delivered) {
        char *line = line_of(work, true);
        doctor->why_not = line[0] != '\0' ? mutray_strdup(line) : mutray_strdup(strerror(-flushed));
        free(line);
    }
    doctor_add(doctor, DOCTOR_self_test, doctor->delivered ? DOCTOR_GOOD : DOCTOR_BAD, "upload", "%s",
               doctor->delivered ? "the profile was accepted, as service mutray-doctor" : doctor->why_not);
}

static void remove_folder(const struct work *work)
{
    char *pattern = mutray_format("%s/*", work->folder);
    glob_t found = {0};
    glob(pattern, 0, NULL, &found);
    for (size_t i = 0; i < found.gl_pathc; i++) unlink(found.gl_pathv[i]);
    globfree(&found);
    rmdir(work->folder);
    free(pattern);
}

void doctor_test_itself(struct doctor *doctor, const char *compiler)
{
    const char *parent = getenv("TMPDIR");
    struct work work = {.doctor = doctor};
    int flushed = 0;
    work.folder = mutray_format("%s/mutray-doctor-XXXXXX", parent != NULL && parent[0] == '/' ? parent : "/tmp");
    if (mkdtemp(work.folder) == NULL) {
        doctor_add(doctor, DOCTOR_self_test, DOCTOR_BAD, "folder", "cannot make %s: %s; set TMPDIR to a folder",
                   work.folder, strerror(errno));
        free(work.folder);
        return;
    }
    work.source = mutray_format("%s/" SOURCE, work.folder);
    work.program = mutray_format("%s/mutray_doctor", work.folder);
    work.words = mutray_format("%s/words", work.folder);
    if (!write_source(&work)) {
        doctor_add(doctor, DOCTOR_self_test, DOCTOR_BAD, "folder", "cannot write to %s; set TMPDIR to a folder",
                   work.folder);
    } else if (compile(&work, compiler) && run(&work, &flushed)) {
        read_profiles(&work);
        judge_upload(&work, flushed);
    }
    remove_folder(&work);
    free(work.folder);
    free(work.source);
    free(work.program);
    free(work.words);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Compiling one unit, instrumented where that can be done.
 *
 *   preprocess, look for locks     none: become the original command, untouched
 *   edit the text                  trouble: the original, with the reason recorded in the object
 *   compile the edited text        silent success: that is the object
 *
 * If the compiler fails or says anything, whatever it says is about text the user never wrote. So the original command
 * runs for its words, exit status and dependency file; only if it succeeds as well does the edited object stay. Thus a
 * build with mutray prints what a build without it prints, by construction, and costs more only where it prints.
 */
#include "unit.h"

#include "base/say.h"
#include "dependencies.h"
#include "instrument/config.h"
#include "instrument/relevance.h"
#include "log.h"
#include "pieces.h"
#include "process.h"
#include "scratch.h"
#include "sources.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* More processor time than any real unit takes (SQLite's 250,000 lines: 1 s), so its end never depends on the machine.
 */
#define EDIT_CPU_SECONDS 120

/* What mutray-edit's exit status means. */
enum { EDITED = 0, NOTHING_TO_EDIT = 3, TRY_EXPANDED = 4 };

struct work {
    const struct unit *unit;
    bool strict;
    enum unit_text kind;
    struct bytes text;
    const char *source;      /* as the compiler was given it */
    struct place first_lock; /* for messages */
    const char *steps;       /* how long mutray-edit says its steps took */
    double preprocessing, editing, compiling; /* processor time, in milliseconds */
    bool spoke;              /* the compiler said something that has not been shown */
    bool unknown; /* it did not know one of our functions */
    struct arena arena;
};

static bool is_empty(enum scratch_file file)
{
    struct stat about;
    return stat(scratch_path(file), &about) != 0 || about.st_size == 0;
}

static int write_all(int fd, const char *at, size_t size)
{
    while (size != 0) {
        ssize_t wrote = write(fd, at, size);
        if (wrote < 0 && errno == EINTR) continue;
        if (wrote < 0) return -errno;
        at += wrote;
        size -= (size_t)wrote;
    }
    return 0;
}

/* Opened as the compiler opens its outputs: an existing file keeps its inode and mode. "-" is stdout. */
static int write_file(const char *path, int flags, const struct bytes *bytes)
{
    int fd = strcmp(path, "-") == 0 ? STDOUT_FILENO : open(path, O_WRONLY | O_CREAT | O_CLOEXEC | flags, 0666);
    if (fd < 0) return -errno;
    int error = write_all(fd, bytes->at, bytes->size);
    if (fd != STDOUT_FILENO && close(fd) < 0 && !error) error = -errno;
    return error;
}

static void __attribute__((noreturn)) become_original(const struct unit *unit)
{
    dependencies_show();
    process_become_or_die(unit->argv);
}

/* --- giving up ------------------------------------------------------------------------------------------------- */

/* Text within a string, in assembly or (where a backslash must reach the assembler) in C. */
static void add_quoted(struct bytes *bytes, const char *text, const char *backslash)
{
    for (; *text != 0; text++) {
        bool plain = *text != '"' && *text != '\\' && *text >= ' ' && *text <= '~';
        char *piece = plain ? mutray_format("%c", *text) : mutray_format("%s%03o", backslash, (unsigned char)*text);
        bytes_add(bytes, piece, strlen(piece));
        free(piece);
    }
}

/* To the assembly text of the unit, which is then complete. What cannot be recorded is no reason to fail. */
static void append_record(const struct work *work, const char *words)
{
    static const char begin[] = "\t.section\t.mutray,\"\",%progbits\n\t.string\t\"", end[] = "\"\n";
    struct bytes record = {0};
    bytes_add(&record, begin, strlen(begin));
    add_quoted(&record, words, "\\");
    bytes_add(&record, end, strlen(end));
    struct stat before;
    bool known = stat(work->unit->output, &before) == 0 && S_ISREG(before.st_mode);
    /* Half a record, for want of room, would be an error to the assembler. */
    if (write_file(work->unit->output, O_APPEND, &record) != 0 && known &&
        truncate(work->unit->output, before.st_size) != 0)
        log_line("%s: cannot be shortened again: %s", work->unit->output, strerror(errno));
}

static int publish_deps(const struct work *work)
{
    struct bytes deps = {0};
    if (work->unit->deps == NULL || work->unit->preprocessed) return 0;
    int error = bytes_read_file(&deps, scratch_path(SCRATCH_DEPS));
    return error ? error : write_file(work->unit->deps, O_TRUNC, &deps);
}

/* A compiler that writes the object itself gets the record as a declaration. False: it did not work, or spoke. */
static bool compile_with_record(const struct work *work, const char *words)
{
    static const char begin[] = "#pragma GCC system_header\n"
                                "__asm__(\".pushsection .mutray,\\\"\\\",%progbits\\n\\t.string \\\"",
                      end[] = "\\\"\\n\\t.popsection\");\n";
    const struct unit *unit = work->unit;
    struct bytes record = {0};
    struct words argv = {0};
    int status;

    if (unit->preprocessed) return false;
    bytes_add(&record, begin, strlen(begin));
    add_quoted(&record, words, "\\\\");
    bytes_add(&record, end, strlen(end));
    if (write_file(scratch_path(SCRATCH_RECORD), O_TRUNC, &record) != 0) return false;
    unit->compiler->compile_with(unit, scratch_path(SCRATCH_RECORD), unit->output, &argv);
    struct process_setup setup = {.output = scratch_path(SCRATCH_WORDS), .errors = scratch_path(SCRATCH_WORDS)};
    return process_run(argv.at, &setup, &status) == 0 && process_succeeded(status) && is_empty(SCRATCH_WORDS) &&
           publish_deps(work) == 0;
}

static const char *record_of(const struct work *work, const char *reason)
{
    return mutray_format("mutray 1 unit %s plain reason=%s", work->source, reason);
}

/* The unit stays as it is; its object says why. In strict mode that is an error, with the first lock call as place. */
static void __attribute__((noreturn)) give_up(const struct work *work, const char *reason)
{
    const struct unit *unit = work->unit;
    int status;

    log_line("%s: not instrumented: %s", work->source, reason);
    if (work->strict) {
        fprintf(stderr, "%s:%u: error: mutray cannot instrument this: %s\n", work->first_lock.file,
                work->first_lock.line, reason);
        scratch_remove();
        exit(1);
    }
    if (unit->compiler->compile_with != NULL) {
        if (!compile_with_record(work, record_of(work, reason))) become_original(unit);
        scratch_remove();
        exit(0);
    }
    scratch_remove(); /* the original may need the room */
    dependencies_show();
    if (process_run(unit->argv, NULL, &status) != 0) become_original(unit);
    if (process_succeeded(status)) append_record(work, record_of(work, reason));
    process_end_like(status);
}

/* --- the steps ------------------------------------------------------------------------------------------------- */

static int preprocess(struct work *work, enum unit_text kind)
{
    struct words argv = {0};
    int status;

    work->kind = kind;
    work->text.size = 0;
    work->unit->compiler->preprocess(work->unit, kind, scratch_path(SCRATCH_DEPS), &argv);
    struct process_setup setup = {.capture = &work->text,
                                  .errors = scratch_path(SCRATCH_WORDS),
                                  .milliseconds = &work->preprocessing};
    int error = process_run(argv.at, &setup, &status);
    if (error) return error;
    work->spoke = !is_empty(SCRATCH_WORDS);
    return process_succeeded(status) ? 0 : -EINVAL;
}

/* The text's first linemarker names the source, also where the compiler reads a preprocessed copy of it. */
static const char *source_of(const struct unit *unit, const struct text *text)
{
    for (size_t i = 0; i < text->markers.count; i++)
        if (i != 0 && text->markers.items[i].file[0] != '<') return text->markers.items[i].file;
    return unit->input;
}

/* Do the files themselves show that this unit has nothing to do with locks? Most often they do. */
static bool is_plain_by_its_files(struct work *work)
{
    const char *reason = "";
    if (!work->unit->compiler->plain_sources || work->unit->preprocessed) return false;
    bool plain = sources_without_locks(work->unit, &work->arena, &reason);
    if (!plain) log_line("%s: to be preprocessed: %s", work->source, reason);
    return plain;
}

/* Whether this unit has anything to do with locks, by the project's own description of its locks too. */
static bool is_concerned(struct work *work)
{
    struct text text;
    struct config config;
    struct relevance relevance;
    const char *error;

    text_wrap(&work->arena, work->text.at, work->text.size, &text);
    work->source = source_of(work->unit, &text);
    /* What is wrong in a configuration file mutray-edit will say, where that matters. */
    config_find(&work->arena, work->source, config_descriptions_folder(&work->arena), &config, &error);
    text_relevance(&text, &relevance);
    if (relevance.concerned) work->first_lock = text_place(&text, relevance.offset);
    return relevance.concerned;
}

/* These would name the temporary file if they were expanded while compiling. */
static bool wants_expansion(const struct work *work)
{
    return work->kind == TEXT_DIRECTIVES && !work->unit->preprocessed &&
           (strstr(work->text.at, "__BASE_FILE__") != NULL || strstr(work->text.at, "__TIMESTAMP__") != NULL);
}

/* Where the processor's time went, in milliseconds; `stage` is this process. */
static void log_times(const struct work *work, const char *what)
{
    log_line("%s: %s: preprocess=%.1f stage=%.1f edit=%.1f %s compile=%.1f", work->source, what, work->preprocessing,
             (double)clock() * 1e3 / CLOCKS_PER_SEC, work->editing, work->steps, work->compiling);
}

/* The text to edit. What the preprocessor refuses the original command will refuse in its own words. */
static void get_text(struct work *work)
{
    const struct unit *unit = work->unit;
    int error;

    if (unit->preprocessed) {
        work->kind = unit->directives ? TEXT_DIRECTIVES : TEXT_EXPANDED;
        error = bytes_read_file(&work->text, unit->input);
    } else {
        error = preprocess(work, unit->compiler->first_text);
        if (error == -EINVAL && work->kind != TEXT_EXPANDED)
            error = preprocess(work, TEXT_EXPANDED); /* __COUNTER__ in #if */
    }
    if (error) become_original(unit);
    if (!is_concerned(work)) {
        log_times(work, "no locks");
        become_original(unit);
    }
    if (wants_expansion(work) && preprocess(work, TEXT_EXPANDED) != 0) become_original(unit);
}

/* The dialect, as text: from the option, else from the compiler's own definition, which the text has. */
static const char *standard(const struct work *work)
{
    static const char macro[] = "#define __STDC_VERSION__ ";
    if (work->unit->standard != NULL) return work->unit->standard;
    const char *at = strstr(work->text.at, macro);
    if (at != NULL && strtol(at + sizeof macro - 1, NULL, 10) > 201710) return "gnu23";
    return "gnu17";
}

/* Line `index` of what was said; "" if there is none. */
static const char *line_of(enum scratch_file file, unsigned index)
{
    struct bytes said = {0};
    bytes_read_file(&said, scratch_path(file));
    if (said.size == 0) return "";
    char *line = said.at;
    for (; index > 0 && *line != 0; index--) {
        line += strcspn(line, "\n");
        line += *line == '\n';
    }
    line[strcspn(line, "\n")] = 0;
    return line;
}

static const char *first_line(enum scratch_file file)
{
    return line_of(file, 0);
}

static int edit(struct work *work)
{
    struct words argv = {0};
    int status;

    words_add(&argv, pieces_edit());
    words_add(&argv, "--main");
    words_add(&argv, work->source);
    words_add(&argv, "--std");
    words_add(&argv, standard(work));
    if (work->kind == TEXT_EXPANDED) words_add(&argv, "--expanded");
    words_add(&argv, scratch_path(SCRATCH_TEXT));
    words_add(&argv, scratch_path(SCRATCH_EDITED));

    if (write_file(scratch_path(SCRATCH_TEXT), O_TRUNC, &work->text) != 0) give_up(work, "no room for temporary files");
    struct process_setup setup = {
        .output = scratch_path(SCRATCH_STATUS), .errors = scratch_path(SCRATCH_WORDS), .milliseconds = &work->editing,
        .cpu_seconds = EDIT_CPU_SECONDS};
    int error = process_run(argv.at, &setup, &status);
    if (error) give_up(work, mutray_format("cannot run mutray-edit: %s", strerror(-error)));
    if (!WIFEXITED(status)) give_up(work, mutray_format("mutray-edit ended by signal %d", WTERMSIG(status)));
    return WEXITSTATUS(status);
}

static void get_edited(struct work *work)
{
    int result = edit(work);
    if (result == TRY_EXPANDED && work->kind == TEXT_DIRECTIVES && !work->unit->preprocessed) {
        log_line("%s: again on expanded text: %s", work->source, first_line(SCRATCH_WORDS));
        if (preprocess(work, TEXT_EXPANDED) != 0) become_original(work->unit);
        result = edit(work);
    }
    if (result == NOTHING_TO_EDIT) {
        log_line("%s: nothing to instrument", work->source);
        become_original(work->unit);
    }
    if (result != EDITED) {
        const char *reason = first_line(SCRATCH_WORDS);
        give_up(work, *reason ? reason : mutray_format("mutray-edit failed with status %d", result));
    }
    log_line("%s: edited: %s", work->source, line_of(SCRATCH_STATUS, 0));
    work->steps = line_of(SCRATCH_STATUS, 1);
}

/* What the compiler had against the edited text. */
static const char *complaint(void)
{
    struct bytes said = {0};
    bytes_read_file(&said, scratch_path(SCRATCH_WORDS));
    char *error = said.size != 0 ? strstr(said.at, "error: ") : NULL;
    if (error == NULL) return "";
    error[strcspn(error, "\n")] = 0;
    return error + strlen("error: ");
}

static bool said(const char *words)
{
    struct bytes all = {0};
    bytes_read_file(&all, scratch_path(SCRATCH_WORDS));
    return all.size != 0 && strstr(all.at, words) != NULL;
}

/*
 * Compiles the edited text; what the compiler says is kept from sight. A compiler that does not know one of our functions
 * may only warn and take it for one of another unit, so that warning is a failure.
 */
static bool compile_edited(struct work *work, const char *output, bool quiet)
{
    struct words argv = {0};
    int status;

    work->unit->compiler->compile(work->unit, work->kind, scratch_path(SCRATCH_EDITED), output, quiet, &argv);
    struct process_setup setup = {.output = scratch_path(SCRATCH_WORDS), .errors = scratch_path(SCRATCH_WORDS),
                                  .milliseconds = &work->compiling};
    if (process_run(argv.at, &setup, &status) != 0) return false;
    if (!is_empty(SCRATCH_WORDS)) work->spoke = true;
    work->unknown = said("mutray__at_") && (said("implicit declaration") || said("undeclared function"));
    return process_succeeded(status) && !work->unknown;
}

/* Text without macros leaves less to go wrong. */
static bool compile_expanded(struct work *work, const char *output)
{
    if (work->kind != TEXT_DIRECTIVES || work->unit->preprocessed) return false;
    log_line("%s: again on expanded text: %s", work->source, complaint());
    if (preprocess(work, TEXT_EXPANDED) != 0 || edit(work) != EDITED) return false;
    return compile_edited(work, output, false) || (!work->unknown && compile_edited(work, output, true));
}

/* --- what comes out -------------------------------------------------------------------------------------------- */

/* What the list of stack sizes says of our own functions is nothing to the program. */
static void clean_stack_usage(const struct unit *unit)
{
    struct bytes all = {0}, kept = {0};
    if (unit->stack_usage == NULL || bytes_read_file(&all, unit->stack_usage) != 0 || all.size == 0) return;
    for (const char *line = all.at; *line != 0;) {
        size_t size = strcspn(line, "\n");
        size += line[size] == '\n';
        if (memmem(line, size, ":mutray__", strlen(":mutray__")) == NULL) bytes_add(&kept, line, size);
        line += size;
    }
    write_file(unit->stack_usage, O_TRUNC, &kept);
}

/* If the original never ran, no command has told the environment's file of dependencies. */
static void tell_dependencies(struct work work)
{
    if (!work.unit->preprocessed && dependencies_show()) preprocess(&work, work.kind);
}

static void __attribute__((noreturn)) publish(const struct work *work, const char *output)
{
    struct bytes bytes = {0};
    clean_stack_usage(work->unit);
    tell_dependencies(*work);
    if (output != work->unit->output) {
        int error = bytes_read_file(&bytes, output);
        if (!error) error = write_file(work->unit->output, O_TRUNC, &bytes);
        if (error) become_original(work->unit);
    }
    log_times(work, "times");
    scratch_remove();
    exit(0);
}

/* The original command with another output. */
static void redirected(const struct unit *unit, const char *output, struct words *ret_argv)
{
    words_add_all(ret_argv, unit->argv);
    ret_argv->at[unit->output_at] = (char *)output;
}

/* Runs the original for its words and side effects. Returns if it succeeds. */
static void let_original_speak(const struct work *work, const char *output)
{
    struct words argv = {0};
    int status;

    redirected(work->unit, output, &argv);
    dependencies_show();
    if (process_run(argv.at, NULL, &status) != 0) become_original(work->unit);
    dependencies_done();
    if (!process_succeeded(status)) process_end_like(status);
}

/* Again, for its files, which know each other (gcov's do, by a stamp): what it says has been said. */
static void run_original_again(const struct work *work, const char *output, struct bytes *made)
{
    struct words argv = {0};
    struct process_setup setup = {.output = scratch_path(SCRATCH_WORDS), .errors = scratch_path(SCRATCH_WORDS)};
    int status;

    redirected(work->unit, output, &argv);
    if (process_run(argv.at, &setup, &status) != 0 || !process_succeeded(status)) become_original(work->unit);
    made->size = 0;
    if (bytes_read_file(made, output) != 0) become_original(work->unit);
}

/*
 * The edited text has failed. That may be for want of room, and the original may just have it: so it runs in its own place
 * with our texts off the disk. Returns if it succeeds, with what it made; false: the edited text is lost.
 */
static bool make_way_for_original(const struct work *work, const char *output, struct bytes *ret_made)
{
    struct bytes edited = {0};
    int error = bytes_read_file(&edited, scratch_path(SCRATCH_EDITED));
    if (error) become_original(work->unit);
    scratch_empty();
    let_original_speak(work, output);
    if (bytes_read_file(ret_made, output) != 0) become_original(work->unit);
    return write_file(scratch_path(SCRATCH_EDITED), O_TRUNC, &edited) == 0;
}

void unit_compile(const struct unit *unit, bool strict)
{
    struct work work = {.unit = unit, .steps = "", .strict = strict};
    const char *output = strcmp(unit->output, "-") == 0 ? scratch_path(SCRATCH_OBJECT) : unit->output;

    work.source = unit->input;
    if (is_plain_by_its_files(&work)) {
        log_times(&work, "no locks");
        become_original(unit);
    }
    if (scratch_create() != 0) become_original(unit);
    dependencies_hide();
    get_text(&work);
    get_edited(&work);
    if (compile_edited(&work, output, false)) {
        if (!work.spoke && publish_deps(&work) == 0) publish(&work, output);
        let_original_speak(&work, "/dev/null");
        if (unit->side_outputs) compile_edited(&work, output, true);
        publish(&work, output);
    }
    /* A warning that only the edited text earns must not fail a build with -Werror; an error must not either. */
    struct bytes made = {0};
    bool again = make_way_for_original(&work, output, &made);
    if (again && !work.unknown && compile_edited(&work, output, true)) publish(&work, output);
    if (again && compile_expanded(&work, output)) publish(&work, output);
    const char *reason = mutray_format("the edited text does not compile: %s", complaint());
    if (strict) give_up(&work, reason);
    log_line("%s: not instrumented: %s", work.source, reason);
    scratch_empty();
    /* The failed try has overwritten the original's other files. */
    if (unit->side_outputs) run_original_again(&work, output, &made);
    bool recorded = unit->compiler->compile_with != NULL && compile_with_record(&work, record_of(&work, reason));
    if (!recorded) {
        if (write_file(unit->output, O_TRUNC, &made) != 0) become_original(unit);
        if (unit->compiler->compile_with == NULL) append_record(&work, record_of(&work, reason));
    }
    scratch_remove();
    exit(0);
}

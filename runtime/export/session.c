/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One profile, from the tables to its destinations. The file comes first, so that a dead agent never costs it. Both
 * are fed from one pass over the tables: the encoder's output goes to the file as it comes, and, if there is an
 * uploader, into a buffer as well.
 */
#include "session.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"
#include "file.h"
#include "load.h"
#include "log.h"
#include "settings.h"
#include "sockets.h"

/* libdatadog's limit for a compressed profile. */
#define LARGEST_UPLOAD ((size_t)16 << 20)

static struct {
    struct mutray__options options;
    char program[256];
    char prefix[4096]; /* absolute: the program may change its folder */
    const struct mutray__encoder *encoder;
    const struct mutray__lines_api *lines; /* null: callers are known by function only */
    const struct mutray__uploader_api *uploader_api;
    struct mutray__uploader *uploader; /* null: no uploading */
    _Atomic bool inherited;            /* from the parent, and not renewed yet */
    int64_t start_ns; /* of the profile that is being recorded */
    unsigned seq;     /* how many have been made */
    bool file_failed; /* and the user was told */
    bool file_there;  /* the last profile's */
    bool wants_spool; /* and may be given one */
    struct mutray__record_config config;
} session;

/* Held around calls that take a lock of the dynamic loader. */
static pthread_mutex_t fork_guard = PTHREAD_MUTEX_INITIALIZER;

static int64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

static void complain(const char *name, const char *value, const char *expected)
{
    mutray__log("%s=%.200s is not %s; see the documentation of %s", name, value, expected, name);
}

static void log_line(const char *line)
{
    mutray__log("%s", line);
}

static int make_prefix_absolute(void)
{
    const char *prefix = session.options.output_prefix;
    size_t length = 0;
    if (prefix[0] == '\0')
        return 0;
    if (prefix[0] != '/') {
        if (getcwd(session.prefix, sizeof session.prefix - 1) == NULL)
            return -errno;
        length = strlen(session.prefix);
        session.prefix[length++] = '/';
    }
    if (strlen(prefix) >= sizeof session.prefix - length)
        return -ENAMETOOLONG;
    strcpy(session.prefix + length, prefix);
    return 0;
}

static int load_parts(void (*finish)(void))
{
    session.encoder = mutray__load_encoder();
    if (session.encoder == NULL)
        return -ENOENT;
    if (session.options.lines)
        session.lines = mutray__load_lines();
    if (mutray__options_upload(&session.options))
        session.uploader_api = mutray__load_uploader();
    if (session.uploader_api != NULL &&
        session.uploader_api->open(&session.options, session.program, &(struct mutray__host){log_line, finish, mutray__sockets_open}, &session.uploader) < 0)
        session.uploader = NULL; /* the log has been told why */
    return session.prefix[0] == '\0' && session.uploader == NULL ? -ENOENT : 0; /* nowhere to put profiles */
}

/* Whether to complain is itself an option: where it is on, all is read again, aloud. */
static int read_options(void)
{
    struct mutray__options *options = &session.options;
    int error = mutray__options_read(NULL, options);
    if (error < 0 || !(options->log || options->debug))
        return error;
    mutray__log_enable(true);
    mutray__options_free(options);
    return mutray__options_read(complain, options);
}

/* Without it, recording goes on as if it had not been asked for. */
void mutray__session_spool(void)
{
    struct mutray__spool_facts facts = {session.prefix, session.program, session.start_ns, &session.config};
    if (!session.wants_spool)
        return;
    session.wants_spool = false;
    pthread_mutex_lock(&fork_guard);
    int error = session.prefix[0] != '\0' ? mutray__record_spool(&facts) : -ENOTDIR;
    pthread_mutex_unlock(&fork_guard);
    if (error == -ENOTDIR && session.prefix[0] == '\0')
        mutray__say("MUTRAY_SPOOL does nothing; set DD_PROFILING_OUTPUT_PPROF too, which says where it is to be");
    else if (error < 0)
        mutray__say("no spool %s.%d.spool: %s; what is recorded is lost if the process is killed", session.prefix,
                    (int)getpid(), strerror(-error));
}

static void end_spool_period(void)
{
    if (session.file_there)
        mutray__record_written();
    mutray__record_spool_period(session.start_ns);
}

void mutray__session_end(void)
{
    if (session.file_there)
        mutray__record_spool_remove();
}

static int start_recording(void)
{
    int error = mutray__record_open((size_t)session.options.memory_mb << 20);
    if (error == 0) {
        mutray__session_spool();
        error = mutray__record_start(&session.config);
    }
    return error;
}

int mutray__session_start(void (*finish)(void))
{
    int error = read_options();
    if (error < 0)
        return error;
    error = mutray__clock_open();
    if (error < 0) {
        mutray__log("the program may not look at the clock (PR_SET_TSC), and is not profiled; start it where it may");
        return error;
    }
    snprintf(session.program, sizeof session.program, "%s", program_invocation_short_name);
    error = make_prefix_absolute();
    if (error == 0)
        error = load_parts(finish);
    session.start_ns = now_ns();
    session.wants_spool = session.options.spool;
    mutray__settings_of(&session.options, &session.config);
    if (strlen(session.options.excluded) >= sizeof session.config.excluded)
        mutray__log("DD_PROFILING_LOCK_EXCLUDE_MODULES is longer than %zu characters; what is beyond is not excluded",
                    sizeof session.config.excluded - 1);
    if (error == 0)
        error = start_recording();
    if (error < 0) {
        mutray__log("not profiling: %s", error == -ENOENT ? "there is nowhere to put profiles" : strerror(-error));
        mutray__options_free(&session.options);
    }
    return error;
}

uint64_t mutray__session_period_ns(void)
{
    return (uint64_t)(session.options.interval_s * 1e9);
}

bool mutray__session_periodic(void)
{
    return session.uploader != NULL || session.options.interval_given;
}

/* Where the encoder's bytes go. */
struct outputs {
    struct mutray__file file;
    bool to_file, to_buffer;
    char *buffer;
    size_t size, room;
};

/* Without memory, or beyond the limit, the profile is not uploaded; the file goes on. */
static void buffer_put(struct outputs *outputs, const void *bytes, size_t size)
{
    size_t room = outputs->room == 0 ? 65536 : outputs->room;
    while (room - outputs->size < size)
        room *= 2;
    if (room > outputs->room) {
        char *grown = room > LARGEST_UPLOAD ? NULL : realloc(outputs->buffer, room);
        if (grown == NULL) {
            outputs->to_buffer = false;
            return;
        }
        outputs->buffer = grown;
        outputs->room = room;
    }
    memcpy(outputs->buffer + outputs->size, bytes, size);
    outputs->size += size;
}

static int outputs_put(void *context, const void *bytes, size_t size)
{
    struct outputs *outputs = context;
    if (outputs->to_file)
        mutray__file_put(&outputs->file, bytes, size); /* which keeps its error: the bytes may still be uploaded */
    if (outputs->to_buffer)
        buffer_put(outputs, bytes, size);
    return 0;
}

/* The only message a user gets who did not ask for any: what was asked for is not there, and why. */
static void report_file(const struct mutray__file *file)
{
    if (session.file_failed)
        return;
    session.file_failed = true;
    mutray__say("cannot write %s: %s; set DD_PROFILING_OUTPUT_PPROF to a prefix in a folder this program may write to",
                file->path, strerror(-file->error));
}

static void see_modules(void)
{
    pthread_mutex_lock(&fork_guard);
    session.encoder->see_modules();
    mutray__record_spool_modules();
    pthread_mutex_unlock(&fork_guard);
}

static void hand_over(struct outputs *outputs, const struct mutray__profile_facts *facts,
                      const struct mutray__profile_summary *summary)
{
    struct mutray__upload_profile profile = {
        .bytes = outputs->buffer,
        .size = outputs->size,
        .start_ns = facts->start_ns,
        .end_ns = facts->end_ns,
        .seq = session.seq - 1,
        .summary = *summary,
    };
    if (outputs->to_buffer) {
        session.uploader_api->add(session.uploader, &profile);
    } else {
        free(outputs->buffer);
        session.uploader_api->count_lost(session.uploader);
    }
}

int mutray__session_export(uint64_t deadline_ns, bool retry)
{
    struct outputs outputs = {.to_file = session.prefix[0] != '\0'};
    struct mutray__profile_summary summary;
    struct mutray__profile_facts facts = {
        .start_ns = session.start_ns,
        .end_ns = now_ns(),
        .pid = getpid(),
        .program = session.program,
        .options = &session.options,
        .lines = session.lines,
    };
    if (session.inherited) {
        session.uploader_api->renew(session.uploader);
        session.inherited = false;
    }
    outputs.to_buffer = session.uploader != NULL;
    session.seq++;
    session.start_ns = facts.end_ns;
    if (outputs.to_file)
        mutray__file_begin(&outputs.file, session.prefix, facts.pid, session.seq);
    see_modules();
    int error = session.encoder->encode(&facts, mutray__record_drain, &(struct mutray__sink){outputs_put, &outputs},
                                        &summary);
    if (error < 0)
        outputs.to_buffer = false;
    if (outputs.to_file) {
        mutray__record_spool_naming(outputs.file.path);
        error = mutray__file_end(&outputs.file, error);
        if (error < 0)
            report_file(&outputs.file);
        session.file_there = error == 0;
    }
    end_spool_period();
    if (session.uploader != NULL) {
        hand_over(&outputs, &facts, &summary);
        int sent = session.uploader_api->send(session.uploader, deadline_ns, retry);
        mutray__sockets_forget();
        if (error == 0)
            error = sent;
    } else if (error == 0 && mutray__options_upload(&session.options)) {
        error = -ENOTCONN; /* the log was told why when the session began */
    }
    return error;
}

void mutray__session_interrupt(enum mutray__upload_stop stop)
{
    if (session.uploader != NULL && !session.inherited)
        session.uploader_api->interrupt(session.uploader, stop);
}

void mutray__session_forbid_fork(void)
{
    pthread_mutex_lock(&fork_guard);
}

void mutray__session_allow_fork(void)
{
    pthread_mutex_unlock(&fork_guard);
}

/* The uploader is renewed later, where allocating is known to be legal again. */
void mutray__session_after_fork_in_child(void)
{
    pthread_mutex_init(&fork_guard, NULL);
    if (!mutray__record_is_confined())
        mutray__sockets_close_inherited();
    session.inherited = session.uploader != NULL;
    session.seq = 0;
    session.start_ns = now_ns();
    session.wants_spool = session.options.spool;
    session.file_there = false;
    mutray__record_after_fork();
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `mutray start|stop|flush PID`: profiling turned on and off in a program that runs. One that was started with profiling
 * off is recorded inside and read from outside (control/target.c), so the profile is written here. One that makes its
 * own profiles is told to.
 */
#include "base/say.h"
#include "cmd/command.h"
#include "control/target.h"
#include "export/settings.h"
#include "profile/spool.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static double capture_pct = NAN, seconds = 5;
static const char *output;

#define TIMEOUT \
    {"timeout", 0, MUTRAY_REAL, &seconds, "SECONDS", "how long to wait for the program's next lock call (5)"}
#define OUTPUT \
    {"output", 'o', MUTRAY_TEXT, &output, "FILE", "where to write the profile (mutray.PID.pprof)"}

const struct mutray_option mutray_cmd_start_options[] = {
    {"pct", 'p', MUTRAY_REAL, &capture_pct, "PCT",
     "sample this share of acquires and holds (DD_PROFILING_CAPTURE_PCT, or 1); waits are always seen"},
    TIMEOUT,
    {.kind = MUTRAY_END},
};
const struct mutray_option mutray_cmd_stop_options[] = {OUTPUT, TIMEOUT, {.kind = MUTRAY_END}};
const struct mutray_option mutray_cmd_flush_options[] = {OUTPUT, TIMEOUT, {.kind = MUTRAY_END}};

static void open_target(const char *command, const struct mutray_option *options, int argc, char **argv,
                        struct target *ret)
{
    int count = mutray_options_parse(command, options, MUTRAY_OPERANDS_ANYWHERE, argc, argv);
    if (count != 1) mutray_die("%s: give the number of one process, as in `mutray %s 1234`", command, command);
    target_open(command, argv[1], ret);
}

/* What is in force here counts: the program's own environment said nothing about it. */
static struct mutray__record_config configuration(void)
{
    struct mutray__options options;
    struct mutray__record_config config;
    if (mutray__options_read(NULL, &options) < 0) mutray_die("out of memory");
    mutray__settings_of(&options, &config);
    if (!isnan(capture_pct)) config.capture_pct = capture_pct;
    if (!(config.capture_pct > 0 && config.capture_pct <= 100))
        mutray_die("start: --pct wants a number above 0 and up to 100");
    mutray__options_free(&options);
    return config;
}

static bool is_set(const char *value)
{
    bool is = false;
    return mutray__parse_flag(value, &is) == 0 && is;
}

/* Whoever says that a program is never to be profiled is heeded; and what would kill it is not done. */
static void check_may_start(const struct target *target)
{
    char *disabled = target_environment(target, "MUTRAY_DISABLE");
    if (is_set(disabled))
        mutray_die("start: process %d (%s) was started with MUTRAY_DISABLE; start it without", (int)target->pid,
                   target->name);
    free(disabled);
    if (target_is_confined(target) && target_control(target).exports == 0)
        mutray_die("start: process %d (%s) is in a sandbox (seccomp), where what it takes to begin could kill it; set "
                   "DD_PROFILING_OUTPUT_PPROF when starting it",
                   (int)target->pid, target->name);
}

static bool request(const struct target *target, enum mutray__control_action action,
                    const struct mutray__record_config *config)
{
    int result = 0;
    if (!target_request(target, action, config, seconds, &result)) return false;
    if (result == -ENOTSUP && action == MUTRAY__CONTROL_STOP) return true; /* its profile comes when it ends */
    if (result == -ENOTSUP)
        mutray_die("%s: process %d (%s) has one thread and writes its profile when it ends; set "
                   "DD_PROFILING_UPLOAD_INTERVAL to have more of them",
                   target->command, (int)target->pid, target->name);
    if (result == -EPERM)
        mutray_die("%s: process %d (%s) forbids itself the clock (PR_SET_TSC), without which nothing can be measured; stop "
                   "it before that",
                   target->command, (int)target->pid, target->name);
    if (result < 0)
        mutray_die("%s: process %d (%s) could not: %s; try again", target->command, (int)target->pid, target->name,
                   strerror(-result));
    return true;
}

int mutray_cmd_start(int argc, char **argv)
{
    struct target target;
    open_target("start", mutray_cmd_start_options, argc, argv, &target);
    struct mutray__record_config config = configuration();
    if (target_control(&target).on)
        mutray_die("start: process %d (%s) is being profiled already; `mutray stop %d` ends it", (int)target.pid,
                   target.name, (int)target.pid);
    check_may_start(&target);
    if (request(&target, MUTRAY__CONTROL_START, &config))
        printf("profiling %s; `mutray stop %d` ends it\n", target.name, (int)target.pid);
    else
        printf("%s makes no lock call at present; profiling begins with the first one\n", target.name);
    target_close(&target);
    return 0;
}

/* The profile of what a program has recorded that has nobody to write it. */
static void write_profile(const struct target *target)
{
    struct mutray_error error;
    uint8_t *packed;
    size_t size, packed_size;
    uint8_t *spool = target_spool(target, &size);
    if (mutray_spool_profile(spool, size, target->pid, &error, &packed, &packed_size) < 0)
        mutray_die("%s: what process %d recorded %s", target->command, (int)target->pid, error.text);
    free(spool);
    char *path = output != NULL ? mutray_strdup(output) : mutray_format("mutray.%d.pprof", (int)target->pid);
    char *draft = mutray_format("%s.part", path);
    unlink(draft);
    FILE *out = fopen(draft, "wbxe"); /* not through somebody's link, in a folder that is everybody's */
    bool written = out != NULL && fwrite(packed, 1, packed_size, out) == packed_size;
    if (out != NULL) written &= fclose(out) == 0;
    if (!written || rename(draft, path) < 0)
        mutray_die("%s: cannot write %s: %s; give another file with --output", target->command, path, strerror(errno));
    printf("%s\n", path);
    free(packed);
    free(draft);
    free(path);
}

static void wait_for_profile(const struct target *target, uint32_t before)
{
    for (int i = 0; i < 1000 && target_control(target).profiles == before; i++)
        nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
    if (target_control(target).profiles == before)
        mutray_die("%s: process %d (%s) has not finished its profile within 10 seconds; look at its log (MUTRAY_LOG=1)",
                   target->command, (int)target->pid, target->name);
    printf("%s has made a profile, where its environment says\n", target->name);
}

/* The program forbade itself the clock (PR_SET_TSC): what it had recorded until then is there. */
static bool has_ended_itself(const struct mutray__control *control)
{
    return !control->on && !control->exports && control->asked == control->done &&
           control->action == MUTRAY__CONTROL_START && control->result == 0;
}

static void check_is_on(const struct target *target)
{
    struct mutray__control control = target_control(target);
    if (!control.on && control.asked == control.done && !has_ended_itself(&control))
        mutray_die("%s: process %d (%s) is not being profiled; `mutray start %d` begins", target->command,
                   (int)target->pid, target->name, (int)target->pid);
}

int mutray_cmd_stop(int argc, char **argv)
{
    struct target target;
    struct mutray__record_config config = {0};
    open_target("stop", mutray_cmd_stop_options, argc, argv, &target);
    check_is_on(&target);
    struct mutray__control before = target_control(&target);
    if (has_ended_itself(&before)) {
        printf("profiling ended when %s forbade itself the clock\n", target.name);
        write_profile(&target);
        target_close(&target);
        return 0;
    }
    bool stopped = request(&target, MUTRAY__CONTROL_STOP, &config);
    if (!before.exports && before.on) {
        nanosleep(&(struct timespec){.tv_nsec = 20000000}, NULL); /* for calls that were under way */
        write_profile(&target);
    }
    if (before.exports && stopped && target_control(&target).result == 0) wait_for_profile(&target, before.profiles);
    if (!stopped) printf("%s makes no lock call at present; profiling ends with the next one\n", target.name);
    target_close(&target);
    return 0;
}

int mutray_cmd_flush(int argc, char **argv)
{
    struct target target;
    struct mutray__record_config config = {0};
    open_target("flush", mutray_cmd_flush_options, argc, argv, &target);
    check_is_on(&target);
    struct mutray__control before = target_control(&target);
    if (!before.exports)
        write_profile(&target);
    else if (request(&target, MUTRAY__CONTROL_FLUSH, &config))
        wait_for_profile(&target, before.profiles);
    else
        mutray_die("flush: process %d (%s) makes no lock call at present; its profile comes with the next one, or at "
                   "the end of its period: wait for that",
                   (int)target.pid, target.name);
    target_close(&target);
    return 0;
}

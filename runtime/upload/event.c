/* SPDX-License-Identifier: Apache-2.0 */
/*
 * event.json, version 4: the part of an upload that describes the profile, with the keys libdatadog sends. Its shape is
 * Datadog's; that it comes from mutray is said truly everywhere.
 */
#include "event.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

void mutray__format_time(int64_t time_ns, char ret[static MUTRAY__TIME_SIZE])
{
    time_t seconds = (time_t)(time_ns / 1000000000);
    struct tm parts;
    char whole[32];
    gmtime_r(&seconds, &parts);
    strftime(whole, sizeof whole, "%Y-%m-%dT%H:%M:%S", &parts);
    snprintf(ret, MUTRAY__TIME_SIZE, "%s.%09" PRId64 "Z", whole, time_ns % 1000000000);
}

/* JSON is UTF-8, which the environment need not be. */
json_t *mutray__json_text(const char *text)
{
    json_t *value = json_string(text);
    char *plain = value != NULL ? NULL : strdup(text);
    if (plain == NULL)
        return value;
    for (char *at = plain; *at != '\0'; at++)
        if ((unsigned char)*at & 0x80)
            *at = '?';
    value = json_string(plain);
    free(plain);
    return value;
}

static const char *service(const struct mutray__shipment *event)
{
    return event->options->service[0] != '\0' ? event->options->service : event->program;
}

static void add_configuration(const struct mutray__shipment *event, struct mutray__tags *tags)
{
    const struct mutray__options *options = event->options;
    char text[64];
    bool whole = options->capture_pct == (int)options->capture_pct;
    int length = snprintf(text, sizeof text, whole ? "lock_CAP%.1f" : "lock_CAP%g", options->capture_pct);
    if (!event->by_hand)
        snprintf(text + length, sizeof text - (size_t)length, "_MAXF%u", options->max_frames);
    mutray__tags_add(tags, "profiler_config", text);
}

/* Where the program's source is, without what lets one in there: "https://me:secret@host/shop.git". */
static void add_source(const struct mutray__options *options, struct mutray__tags *tags)
{
    const char *scheme = strstr(options->git_url, "://"), *host = scheme != NULL ? scheme + 3 : options->git_url;
    /* The last one: names that are addresses of mail, and passwords, have some of their own. */
    const char *at = scheme != NULL ? memrchr(host, '@', strcspn(host, "/")) : NULL;
    char url[256];
    if (options->git_url[0] != '\0' &&
        snprintf(url, sizeof url, "%.*s%s", (int)(host - options->git_url), options->git_url,
                 at != NULL ? at + 1 : host) < (int)sizeof url)
        mutray__tags_add(tags, "git.repository_url", url);
    mutray__tags_add(tags, "git.commit.sha", options->git_commit);
}

static void add_machine(struct mutray__tags *tags)
{
    struct utsname machine;
    char platform[64];
    if (uname(&machine) != 0)
        return;
    mutray__tags_add(tags, "runtime_os", "linux");
    mutray__tags_add(tags, "runtime_arch", machine.machine);
    snprintf(platform, sizeof platform, "%.40s-unknown-linux-gnu", machine.machine);
    mutray__tags_add(tags, "runtime_platform", platform);
}

void mutray__event_tags(const struct mutray__shipment *event, struct mutray__tags *ret)
{
    const struct mutray__options *options = event->options;
    ret->length = 0;
    mutray__tags_add(ret, "env", options->env);
    mutray__tags_add(ret, "service", service(event));
    mutray__tags_add(ret, "version", options->version);
    mutray__tags_add(ret, "language", "native");
    mutray__tags_add(ret, "runtime", "native");
    mutray__tags_add(ret, "runtime-id", event->identity->runtime_id);
    mutray__tags_add(ret, "profiler_version", event->profiler_version);
    if (event->pid > 0)
        mutray__tags_add_number(ret, "process_id", event->pid);
    mutray__tags_add_number(ret, "profile_seq", event->profile->seq);
    mutray__tags_add(ret, "host", options->hostname); /* unset: the agent knows it better */
    mutray__tags_add_list(ret, options->profiling_tags);
    mutray__tags_add_list(ret, options->tags);
    add_source(options, ret);
    add_configuration(event, ret);
    if (!event->by_hand)
        add_machine(ret);
}

/* Numbers about the profile and what was lost on the way to it. */
static json_t *make_internal(const struct mutray__shipment *event)
{
    const struct mutray__profile_summary *summary = &event->profile->summary;
    json_t *internal = json_object();
    json_object_set_new(internal, "sample_count", json_integer((json_int_t)summary->samples));
    json_object_set_new(internal, "samples_dropped", json_integer((json_int_t)summary->samples_dropped));
    if (event->by_hand)
        json_object_set_new(internal, "sent_by", json_string("mutray push " MUTRAY_VERSION));
    else
        json_object_set_new(internal, "profiles_dropped", json_integer((json_int_t)event->profiles_dropped));
    json_object_set_new(internal, "thread_count", json_integer((json_int_t)summary->totals.threads));
    json_object_set_new(internal, "site_count", json_integer((json_int_t)summary->totals.sites));
    json_object_set_new(internal, "lock_count", json_integer((json_int_t)summary->totals.locks));
#define X(name, meaning) json_object_set_new(internal, #name, json_integer((json_int_t)summary->totals.lost.name));
    MUTRAY__LOSSES(X)
#undef X
    return internal;
}

static json_t *make_application(const struct mutray__shipment *event)
{
    char start[MUTRAY__TIME_SIZE];
    json_t *application = json_object();
    mutray__format_time(event->program_start_ns, start);
    if (event->options->env[0] != '\0')
        json_object_set_new(application, "env", mutray__json_text(event->options->env));
    json_object_set_new(application, "service", mutray__json_text(service(event)));
    if (!event->by_hand)
        json_object_set_new(application, "start_time", json_string(start));
    if (event->options->version[0] != '\0')
        json_object_set_new(application, "version", mutray__json_text(event->options->version));
    return application;
}

static json_t *make_platform(void)
{
    struct utsname machine;
    json_t *platform = json_object();
    if (uname(&machine) != 0)
        return platform;
    json_object_set_new(platform, "hostname", mutray__json_text(machine.nodename));
    json_object_set_new(platform, "kernel_name", json_string(machine.sysname));
    json_object_set_new(platform, "kernel_release", json_string(machine.release));
    json_object_set_new(platform, "kernel_version", json_string(machine.version));
    return platform;
}

/* What the process was told and its profile does not tell. */
static void add_process_settings(json_t *settings, const struct mutray__options *options)
{
    json_object_set_new(settings, "max_frames", json_integer(options->max_frames));
    json_object_set_new(settings, "upload_interval", json_real(options->interval_s));
    json_object_set_new(settings, "api_timeout_ms", json_real(options->timeout_ms));
    json_object_set_new(settings, "output_pprof", json_boolean(options->output_prefix[0] != '\0'));
    json_object_set_new(settings, "memory_mb", json_integer(options->memory_mb));
}

static json_t *make_profiler(const struct mutray__shipment *event)
{
    const struct mutray__options *options = event->options;
    json_t *settings = json_object(), *ssi = json_object(), *profiler = json_object();
    json_object_set_new(settings, "lock.enabled", json_boolean(options->lock_enabled));
    json_object_set_new(settings, "capture_pct", json_real(options->capture_pct));
    json_object_set_new(settings, "upscale", json_boolean(options->upscale));
    json_object_set_new(settings, "wait_period_us", json_real(options->wait_period_us));
    if (!event->by_hand)
        add_process_settings(settings, options);
    json_object_set_new(ssi, "mechanism", json_string("none"));
    json_object_set_new(profiler, "activation", json_string("manual"));
    json_object_set_new(profiler, "ssi", ssi);
    json_object_set_new(profiler, "version", mutray__json_text(event->profiler_version));
    json_object_set_new(profiler, "settings", settings);
    return profiler;
}

static json_t *make_info(const struct mutray__shipment *event)
{
    json_t *info = json_object(), *runtime = json_object();
    json_object_set_new(runtime, "engine", json_string("native"));
    if (!event->by_hand) {
        json_object_set_new(runtime, "available_processors", json_integer(sysconf(_SC_NPROCESSORS_ONLN)));
        json_object_set_new(info, "platform", make_platform());
    }
    json_object_set_new(info, "application", make_application(event));
    json_object_set_new(info, "profiler", make_profiler(event));
    json_object_set_new(info, "runtime", runtime);
    return info;
}

char *mutray__event_json(const struct mutray__shipment *event)
{
    char start[MUTRAY__TIME_SIZE], end[MUTRAY__TIME_SIZE];
    struct mutray__tags tags;
    json_t *root = json_object(), *attachments = json_array();
    mutray__format_time(event->profile->start_ns, start);
    mutray__format_time(event->profile->end_ns, end);
    mutray__event_tags(event, &tags);
    json_array_append_new(attachments, json_string("profile.pprof"));
    json_object_set_new(root, "attachments", attachments);
    json_object_set_new(root, "tags_profiler", mutray__json_text(tags.text));
    json_object_set_new(root, "start", json_string(start));
    json_object_set_new(root, "end", json_string(end));
    json_object_set_new(root, "family", mutray__json_text(event->options->family));
    json_object_set_new(root, "version", json_string("4"));
    json_object_set_new(root, "endpoint_counts", json_null());
    json_object_set_new(root, "process_tags", mutray__json_text(event->identity->process_tags));
    json_object_set_new(root, "internal", make_internal(event));
    json_object_set_new(root, "info", make_info(event));
    char *text = json_dumps(root, JSON_COMPACT);
    json_decref(root);
    return text;
}

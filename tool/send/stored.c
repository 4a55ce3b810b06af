/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading a profile that is to be sent. Receivers are told when it was recorded, by what process and what was lost:
 * all of that is in the profile's times and comments. One that another profiler wrote has no such comments, and would
 * arrive under a wrong name, so it is refused.
 */
#include "stored.h"

#include "base/say.h"
#include "profile/inflate.h"
#include "profile/profile.h"
#include "profile/run.h"
#include "profile/spool.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

static void read_whole(const char *path, struct mutray__upload_profile *ret)
{
    FILE *in = strcmp(path, "-") == 0 ? stdin : fopen(path, "rbe");
    size_t capacity = 0;
    uint8_t *bytes = NULL;
    if (in == NULL) mutray_die("push: %s: %s; check the path", path, strerror(errno));
    for (size_t got = 1; got > 0 && ret->size <= MUTRAY_PROFILE_LIMIT; ret->size += got) {
        if (capacity - ret->size < 65536) bytes = mutray_realloc(bytes, capacity = capacity * 2 + 65536, 1);
        got = fread(bytes + ret->size, 1, 65536, in);
    }
    if (ferror(in)) mutray_die("push: %s: cannot be read; give files, as in DIR/*.pprof", path);
    if (in != stdin) fclose(in);
    ret->bytes = bytes;
}

/* What a killed process recorded in becomes the profile that it would have sent. */
static void recover(const char *path, struct mutray__upload_profile *profile)
{
    struct mutray_error error;
    uint8_t *packed;
    if (!mutray_is_spool(profile->bytes, profile->size)) return;
    if (mutray_spool_profile(profile->bytes, profile->size, 0, &error, &packed, &profile->size) < 0)
        mutray_die("push: %s: %s", path, error.text);
    free(profile->bytes);
    profile->bytes = packed;
}

/* Datadog's intake knows gzip by its first bytes; a profile that some tool has unpacked is packed again. */
static void ensure_packed(struct mutray__upload_profile *profile)
{
    const uint8_t *bytes = profile->bytes;
    z_stream stream = {.next_in = profile->bytes, .avail_in = (uInt)profile->size};
    if (profile->size >= 2 && bytes[0] == 0x1f && bytes[1] == 0x8b) return;
    if (deflateInit2(&stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK) mutray_die("out of memory");
    uLong bound = deflateBound(&stream, (uLong)profile->size);
    stream.next_out = mutray_realloc(NULL, bound, 1);
    stream.avail_out = (uInt)bound;
    uint8_t *packed = stream.next_out;
    deflate(&stream, Z_FINISH);
    profile->size = stream.total_out;
    deflateEnd(&stream);
    free(profile->bytes);
    profile->bytes = packed;
}

static uint64_t count_of(const struct mutray_profile *profile, const char *key)
{
    const char *text = mutray_run_fact(profile, key);
    return text != NULL ? strtoull(text, NULL, 10) : 0;
}

static double number_of(const struct mutray_profile *profile, const char *key)
{
    const char *text = mutray_run_fact(profile, key);
    return text != NULL ? strtod(text, NULL) : 0;
}

static void count_sample(const struct mutray_lock_sample *sample, void *context)
{
    (void)sample;
    ++*(uint64_t *)context;
}

static void take_summary(const struct mutray_profile *profile, struct mutray__profile_summary *ret)
{
    ret->samples_dropped = count_of(profile, "samples_dropped");
    ret->totals.threads = count_of(profile, "threads");
    ret->totals.sites = count_of(profile, "sites");
    ret->totals.locks = count_of(profile, "locks");
#define X(name, meaning) ret->totals.lost.name = count_of(profile, #name);
    MUTRAY__LOSSES(X)
#undef X
}

static void take_facts(const struct mutray_profile *profile, struct stored *ret)
{
    const char *program = mutray_run_fact(profile, "program"), *version = mutray_run_fact(profile, "version");
    int64_t start = mutray_profile_time_nanos(profile), length = mutray_profile_duration_nanos(profile);
    if (program == NULL || version == NULL)
        mutray_die("push: %s was not written by mutray, so what to tell about it is not known; nothing was sent",
                   ret->path);
    if (start <= 0 || length < 0 || length > INT64_MAX - start)
        mutray_die("push: %s does not say when it was recorded; record it again; nothing was sent", ret->path);
    const char *slash = strrchr(program, '/');
    ret->program = mutray_strdup(slash != NULL ? slash + 1 : program);
    ret->profiler_version = mutray_strdup(version);
    ret->pid = (pid_t)count_of(profile, "pid");
    ret->capture_pct = number_of(profile, "capture_pct");
    ret->wait_period_us = number_of(profile, "wait_period_ns") / 1000;
    ret->upscale = count_of(profile, "upscale") != 0;
    ret->profile.start_ns = start;
    ret->profile.end_ns = start + length;
    take_summary(profile, &ret->profile.summary);
}

void stored_read(const char *path, struct stored *ret)
{
    struct mutray_error error;
    struct mutray_profile *profile;
    memset(ret, 0, sizeof *ret);
    ret->path = path;
    read_whole(path, &ret->profile);
    recover(path, &ret->profile);
    if (mutray_profile_parse(ret->profile.bytes, ret->profile.size, &error, &profile) < 0)
        mutray_die("push: %s: %s", path, error.text);
    take_facts(profile, ret);
    if (mutray_profile_visit(profile, count_sample, &ret->profile.summary.samples, &error) < 0)
        mutray_die("push: %s: %s", path, error.text);
    mutray_profile_free(profile);
    ensure_packed(&ret->profile);
}

void stored_free(struct stored *stored)
{
    free(stored->program);
    free(stored->profiler_version);
    free(stored->profile.bytes);
}

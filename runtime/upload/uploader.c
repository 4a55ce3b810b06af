/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The queue between the exporter and a receiver that may be slow, dead or annoyed. Up to three profiles wait, the
 * oldest is sent first and gives way first. What cannot be sent is tried twice more within the period, after growing
 * pauses of random length, so that a thousand programs do not come back in step; then it waits for the next period.
 * What is refused for good is dropped. Every profile that is dropped is counted in those that are sent after it, and
 * each kind of trouble is told to the log once until something gets through.
 */
#include "uploader.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "request.h"
#include "wipe.h"

#define QUEUE_SIZE 3
#define ATTEMPTS 3
#define FIRST_PAUSE_NS UINT64_C(1000000000)

struct mutray__uploader {
    const struct mutray__options *options;
    const char *program;
    struct mutray__host host;
    struct mutray__destination destination;
    struct mutray__identity identity;
    int64_t program_start_ns;
    struct mutray__upload_profile queue[QUEUE_SIZE]; /* oldest first */
    size_t queued;
    uint64_t dropped;
    long told_status; /* of the last trouble told, 0: no answer, -1: none */
    unsigned random;
    pthread_mutex_t lock; /* for multi */
    CURLM *multi;         /* while sending: no descriptors stay open between */
    atomic_int stop;      /* enum mutray__upload_stop */
};

/* Once for the process; a forked child inherits it. */
static void ready_curl(void)
{
    static atomic_flag ready = ATOMIC_FLAG_INIT;
    if (!atomic_flag_test_and_set(&ready))
        mutray__curl_init_wiping(CURL_GLOBAL_DEFAULT);
}

/*
 * OpenSSL registers its clean-up as an exit handler when it is first used, and crashes when it is used after that. The
 * last profile over HTTPS must come before. Handlers run in the reverse order of registration, so OpenSSL is made ready
 * first; and those that were registered by constructors belong to their library and run with its destructors,
 * dependents first, so the handler is registered here, in a library that depends on OpenSSL's.
 *
 * Plain HTTP does not touch OpenSSL (multipart.c): libcurl is then made ready when first needed, by which time the
 * program has set up its own use of libcurl and OpenSSL as it likes.
 */
static void prepare_exit(const struct mutray__destination *destination, void (*finish)(void))
{
    static atomic_flag prepared = ATOMIC_FLAG_INIT;
    if (destination->tls)
        ready_curl();
    if (!atomic_flag_test_and_set(&prepared))
        atexit(finish);
}

/*
 * As of a process that has just begun. In a forked child the parent may have been anywhere in this file at the time:
 * nothing that the queue or libcurl's handles hold is touched, it stays unused.
 */
static void renew(struct mutray__uploader *uploader)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    uploader->program_start_ns = now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
    uploader->random = (unsigned)now.tv_nsec;
    uploader->queued = 0;
    uploader->dropped = 0;
    uploader->told_status = -1;
    uploader->multi = NULL;
    atomic_store(&uploader->stop, MUTRAY__UPLOAD_GO);
    pthread_mutex_init(&uploader->lock, NULL);
    mutray__identity_find(uploader->program, uploader->options->service, &uploader->identity);
}

static int open_uploader(const struct mutray__options *options, const char *program,
                         const struct mutray__host *host, struct mutray__uploader **ret)
{
    const char *problem = NULL;
    struct mutray__uploader *uploader = calloc(1, sizeof *uploader);
    if (uploader == NULL)
        return -ENOMEM;
    if (mutray__destination_find(options, &uploader->destination, &problem) < 0) {
        host->log(problem);
        free(uploader);
        return -EINVAL;
    }
    prepare_exit(&uploader->destination, host->finish);
    uploader->options = options;
    uploader->program = program;
    uploader->host = *host;
    renew(uploader);
    *ret = uploader;
    return 0;
}

/* The oldest is gone: sent, or given up. */
static void remove_oldest(struct mutray__uploader *uploader)
{
    free(uploader->queue[0].bytes);
    uploader->queued--;
    memmove(&uploader->queue[0], &uploader->queue[1], uploader->queued * sizeof uploader->queue[0]);
}

static void add(struct mutray__uploader *uploader, const struct mutray__upload_profile *profile)
{
    if (uploader->queued == QUEUE_SIZE) {
        remove_oldest(uploader);
        uploader->dropped++;
    }
    uploader->queue[uploader->queued++] = *profile;
}

static void count_lost(struct mutray__uploader *uploader)
{
    uploader->dropped++;
}

static void tell(struct mutray__uploader *uploader, const struct mutray__answer *answer)
{
    if (answer->text[0] != '\0' && answer->status != uploader->told_status)
        uploader->host.log(answer->text);
    uploader->told_status = answer->verdict == MUTRAY__SENT ? -1 : answer->status;
}

static enum mutray__verdict send_oldest(struct mutray__uploader *uploader, uint64_t deadline_ns)
{
    struct mutray__shipment event = {
        .options = uploader->options,
        .identity = &uploader->identity,
        .program = uploader->program,
        .profiler_version = MUTRAY_VERSION,
        .pid = getpid(),
        .program_start_ns = uploader->program_start_ns,
        .profiles_dropped = uploader->dropped,
        .profile = &uploader->queue[0],
    };
    struct mutray__attempt attempt = {
        .deadline_ns = deadline_ns,
        .timeout_ms = uploader->options->timeout_ms > 0 ? uploader->options->timeout_ms : MUTRAY__SHORTEST_TIMEOUT_MS,
        .multi = uploader->multi,
        .stop = &uploader->stop,
        .open_socket = uploader->host.open_socket,
    };
    struct mutray__answer answer;
    mutray__request_send(&uploader->destination, &event, &attempt, &answer);
    if (atomic_load(&uploader->stop) != MUTRAY__UPLOAD_ABORT)
        tell(uploader, &answer);
    if (answer.verdict == MUTRAY__LATER)
        return answer.verdict;
    uploader->dropped += answer.verdict == MUTRAY__DROP;
    remove_oldest(uploader);
    return answer.verdict;
}

/* A pause before the next attempt; false if there is no time for it, or somebody is waiting. */
static bool pause_before(struct mutray__uploader *uploader, unsigned attempt, uint64_t deadline_ns)
{
    uint64_t now = mutray__monotonic_ns(), left = deadline_ns > now ? deadline_ns - now : 0;
    uint64_t pause = FIRST_PAUSE_NS << (attempt - 1);
    if (pause > left / 4)
        pause = left / 4;
    pause = pause / 2 + pause / 1000 * (unsigned)(rand_r(&uploader->random) % 1000);
    uint64_t end = now + pause;
    while (now < end && atomic_load(&uploader->stop) == MUTRAY__UPLOAD_GO) {
        uint64_t rest_ms = (end - now) / 1000000 + 1;
        curl_multi_poll(uploader->multi, NULL, 0, (int)rest_ms, NULL); /* for curl_multi_wakeup() */
        now = mutray__monotonic_ns();
    }
    return atomic_load(&uploader->stop) == MUTRAY__UPLOAD_GO && left > 0;
}

static int send_queue(struct mutray__uploader *uploader, uint64_t deadline_ns, bool retry)
{
    unsigned attempt = 0;
    int result = 0;
    while (uploader->queued > 0 && mutray__monotonic_ns() < deadline_ns &&
           atomic_load(&uploader->stop) != MUTRAY__UPLOAD_ABORT) {
        enum mutray__verdict verdict = send_oldest(uploader, deadline_ns);
        if (verdict == MUTRAY__DROP)
            result = -EREMOTEIO;
        if (verdict != MUTRAY__LATER)
            attempt = 0;
        else if (!retry || ++attempt == ATTEMPTS || !pause_before(uploader, attempt, deadline_ns))
            break; /* the others would fare no better */
    }
    return uploader->queued > 0 ? -EAGAIN : result;
}

static int send_all(struct mutray__uploader *uploader, uint64_t deadline_ns, bool retry)
{
    ready_curl();
    CURLM *multi = curl_multi_init();
    pthread_mutex_lock(&uploader->lock);
    uploader->multi = multi;
    pthread_mutex_unlock(&uploader->lock);
    int result = multi != NULL ? send_queue(uploader, deadline_ns, retry) : -EAGAIN;
    pthread_mutex_lock(&uploader->lock);
    uploader->multi = NULL;
    pthread_mutex_unlock(&uploader->lock);
    curl_multi_cleanup(multi);
    return result;
}

static void interrupt(struct mutray__uploader *uploader, enum mutray__upload_stop stop)
{
    pthread_mutex_lock(&uploader->lock);
    atomic_store(&uploader->stop, stop);
    if (uploader->multi != NULL)
        curl_multi_wakeup(uploader->multi);
    pthread_mutex_unlock(&uploader->lock);
}

__attribute__((visibility("default"))) const struct mutray__uploader_api mutray__uploader_api = {
    .abi = MUTRAY__UPLOADER_ABI,
    .open = open_uploader,
    .renew = renew,
    .add = add,
    .count_lost = count_lost,
    .send = send_all,
    .interrupt = interrupt,
};

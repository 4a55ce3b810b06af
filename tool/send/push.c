/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sending files, each as the runtime would have sent it when it was made: same request, same times, one attempt. They
 * go in the order in which they were recorded; those of one process have one runtime-id and count up from 0. All of
 * them are read before the first is sent, so that a wrong name among them does not leave half of them sent.
 */
#include "base/say.h"
#include "request.h"
#include "send.h"
#include "stored.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

static int by_process_and_time(const void *left, const void *right)
{
    const struct stored *a = left, *b = right;
    if (a->pid != b->pid) return a->pid < b->pid ? -1 : 1;
    int order = strcmp(a->program, b->program);
    if (order != 0) return order;
    return (a->profile.start_ns > b->profile.start_ns) - (a->profile.start_ns < b->profile.start_ns);
}

static bool same_process(const struct stored *a, const struct stored *b)
{
    return a->pid == b->pid && strcmp(a->program, b->program) == 0;
}

static enum mutray__verdict send_one(const struct stored *stored, const struct mutray__destination *destination,
                                     const struct mutray__identity *identity, struct mutray__options options,
                                     CURLM *multi)
{
    options.capture_pct = stored->capture_pct;
    options.wait_period_us = stored->wait_period_us;
    options.upscale = stored->upscale;
    struct mutray__shipment event = {
        .options = &options,
        .identity = identity,
        .program = stored->program,
        .profiler_version = stored->profiler_version,
        .pid = stored->pid,
        .by_hand = true,
        .profile = &stored->profile,
    };
    double timeout_ms = options.timeout_ms > 0 ? options.timeout_ms : MUTRAY__SHORTEST_TIMEOUT_MS;
    struct mutray__attempt attempt = {
        .open_socket = socket,
        .deadline_ns = mutray__monotonic_ns() + (uint64_t)(timeout_ms * 1e6),
        .timeout_ms = timeout_ms,
        .multi = multi,
    };
    struct mutray__answer answer;
    mutray__request_send(destination, &event, &attempt, &answer);
    if (answer.verdict != MUTRAY__SENT) mutray_warn("push: %s: %s", stored->path, answer.text);
    return answer.status == 0 ? MUTRAY__LATER : answer.verdict == MUTRAY__SENT ? MUTRAY__SENT : MUTRAY__DROP;
}

int send_push(const char *to, const char *url, int count, char **paths)
{
    struct mutray__options options;
    struct mutray__destination destination;
    struct mutray__identity identity;
    char where[1100];
    int sent = 0, done = 0;
    send_find_destination(to, url, &options, &destination);
    mutray__destination_show(&destination, sizeof where, where);
    struct stored *stored = mutray_calloc((size_t)count, sizeof *stored);
    for (int i = 0; i < count; i++) stored_read(paths[i], &stored[i]);
    qsort(stored, (size_t)count, sizeof *stored, by_process_and_time);
    CURLM *multi = curl_multi_init();
    if (multi == NULL) mutray_die("out of memory");
    while (done < count) {
        bool first = done == 0 || !same_process(&stored[done - 1], &stored[done]);
        if (first) mutray__identity_of_another(stored[done].program, options.service, &identity);
        stored[done].profile.seq = first ? 0 : stored[done - 1].profile.seq + 1;
        enum mutray__verdict verdict = send_one(&stored[done], &destination, &identity, options, multi);
        sent += verdict == MUTRAY__SENT;
        done++;
        if (verdict == MUTRAY__LATER) break; /* nobody there: the others would fare no better */
    }
    printf("%d of %d profile%s accepted by %s\n", sent, count, count == 1 ? "" : "s", where);
    for (int i = 0; i < count; i++) stored_free(&stored[i]);
    free(stored);
    curl_multi_cleanup(multi);
    mutray__options_free(&options);
    return sent == count ? 0 : MUTRAY_EXIT_NO;
}

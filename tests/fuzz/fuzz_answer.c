/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes as what a receiver answers, to an upload and to the question of `mutray doctor` for /info. A thread listens on
 * a unix socket and answers each request with the input, in pieces as its first byte says (all at once, byte by byte,
 * closed in the middle). What is told about it must be one line that no terminal takes for commands.
 */
#include "request.h"
#include "send.h"

#include "scratch.h"

#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static struct {
    pthread_mutex_t lock;
    const uint8_t *bytes;
    size_t size, piece;
} answer = {.lock = PTHREAD_MUTEX_INITIALIZER};

static void demand(bool holds)
{
    if (!holds) abort();
}

/* The rest of a request is not waited for: receivers may answer before they have all of it. */
static void serve(int client)
{
    char request[65536];
    pthread_mutex_lock(&answer.lock);
    if (read(client, request, sizeof request) > 0)
        for (size_t at = 0, length; at < answer.size; at += length) {
            length = answer.size - at < answer.piece ? answer.size - at : answer.piece;
            if (send(client, answer.bytes + at, length, MSG_NOSIGNAL) != (ssize_t)length) break;
        }
    pthread_mutex_unlock(&answer.lock);
    shutdown(client, SHUT_WR);
    while (read(client, request, sizeof request) > 0) continue;
    close(client);
}

static void *listen_on(void *argument)
{
    int listener = *(int *)argument;
    for (int client; (client = accept(listener, NULL, NULL)) >= 0;) serve(client);
    return NULL;
}

static void begin(void)
{
    static int listener;
    static pthread_t thread;
    struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = "socket"};
    char *folder, url[200];
    if (listener != 0) return;
    scratch_write("empty", "", 0);
    listener = socket(AF_UNIX, SOCK_STREAM, 0);
    demand(bind(listener, (struct sockaddr *)&address, sizeof address) == 0 && listen(listener, 8) == 0);
    folder = getcwd(NULL, 0);
    snprintf(url, sizeof url, "unix://%s/socket", folder);
    free(folder);
    setenv("DD_TRACE_AGENT_URL", url, 1);
    demand(pthread_create(&thread, NULL, listen_on, &listener) == 0);
}

static void check_line(const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++) demand((unsigned char)text[i] >= ' ' && text[i] != 0x7f);
}

static void upload(void)
{
    static struct mutray__identity identity;
    struct mutray__options options;
    struct mutray__destination destination;
    const char *problem = NULL;
    char profile[] = "profile";
    const struct mutray__upload_profile stored = {.bytes = profile, .size = sizeof profile, .start_ns = 1, .end_ns = 2};
    const struct mutray__shipment event = {
        .options = &options, .identity = &identity, .program = "p", .profiler_version = "1", .profile = &stored};
    demand(mutray__options_read(NULL, &options) == 0);
    demand(mutray__destination_find(&options, &destination, &problem) == 0);
    const struct mutray__attempt attempt = {
        .deadline_ns = mutray__monotonic_ns() + UINT64_C(2000000000), .timeout_ms = 2000, .multi = curl_multi_init(),
        .open_socket = socket};
    struct mutray__answer told;
    mutray__request_send(&destination, &event, &attempt, &told);
    demand((told.verdict == MUTRAY__SENT) == (told.status >= 200 && told.status < 300));
    demand((told.verdict == MUTRAY__SENT) == (told.text[0] == '\0'));
    check_line(told.text, strlen(told.text));
    curl_multi_cleanup(attempt.multi);
    mutray__options_free(&options);
}

static void ask(void)
{
    FILE *usual = stdout;
    char *text = NULL;
    size_t length = 0;
    stdout = open_memstream(&text, &length);
    int status = send_probe();
    fclose(stdout);
    stdout = usual;
    demand(status == 0 || status == 1 || status == SEND_UNKNOWN);
    demand(length > 1 && text[length - 1] == '\n');
    check_line(text, length - 1);
    free(text);
}

static void set_answer(const uint8_t *bytes, size_t size, size_t piece)
{
    pthread_mutex_lock(&answer.lock); /* not while one is under way */
    answer.bytes = bytes;
    answer.size = size;
    answer.piece = piece;
    pthread_mutex_unlock(&answer.lock);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    if (size == 0) return 0;
    begin();
    set_answer(bytes + 1, size - 1, bytes[0] % 16 == 0 ? SIZE_MAX : bytes[0] % 16);
    upload();
    ask();
    set_answer(NULL, 0, 1);
    return 0;
}

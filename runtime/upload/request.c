/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sending with libcurl from within somebody else's process:
 *  - no signals (CURLOPT_NOSIGNAL), and the resolver's thread is not waited for when an attempt is given up;
 *  - sockets are close-on-exec, and none is kept for another request: a daemon that closes all descriptors would
 *    otherwise hand ours on;
 *  - proxies of the environment, .netrc and redirects are ignored: profiles go where the configuration says, by the
 *    proxy it says;
 *  - the multi interface, so that curl_multi_wakeup() can end a transfer at once when the program exits.
 */
#include "request.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "multipart.h"
#include "push.h"

#define CONNECT_TIMEOUT_MS 5000L
#define LONGEST_ANSWER 65536 /* nobody has more to say */

uint64_t mutray__monotonic_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

/* All that one request needs, so that it can be let go in one place. */
struct request {
    CURL *easy;
    struct curl_slist *headers;
    struct mutray__body body;
    size_t answered;
    char error[CURL_ERROR_SIZE];
};

static curl_socket_t open_socket(void *context, curlsocktype purpose, struct curl_sockaddr *address)
{
    const struct mutray__attempt *attempt = context;
    (void)purpose;
    return attempt->open_socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

static size_t swallow(char *bytes, size_t size, size_t count, void *context)
{
    struct request *request = context;
    (void)bytes;
    request->answered += size * count;
    return request->answered > LONGEST_ANSWER ? 0 : size * count;
}

static int add_header(struct request *request, const char *line_start, const char *value)
{
    char line[512];
    if ((size_t)snprintf(line, sizeof line, "%s%s", line_start, value) >= sizeof line || strpbrk(line, "\r\n") != NULL)
        return 0; /* no real value looks like that */
    struct curl_slist *longer = curl_slist_append(request->headers, line);
    explicit_bzero(line, sizeof line); /* one of them is the key */
    if (longer == NULL)
        return -ENOMEM;
    request->headers = longer;
    return 0;
}

static int add_headers(struct request *request, const struct mutray__destination *destination,
                       const struct mutray__shipment *event)
{
    bool datadog = destination->kind <= MUTRAY__TO_INTAKE;
    const char *container = event->identity->container_id, *entity = event->identity->entity_id;
    const char *external = event->options->external_env;
    const struct {
        const char *line_start, *value;
        bool wanted;
    } headers[] = {
        {"Connection: ", "close", true},
        {"Expect:", "", true}, /* so, curl leaves it out, and does not wait for leave to send */
        {"User-Agent: ", "mutray/" MUTRAY_VERSION, true},
        {"Content-Type: ", "application/json", !datadog},
        {"Content-Type: multipart/form-data; boundary=", request->body.boundary, datadog},
        {"DD-EVP-ORIGIN: ", "mutray", datadog},
        {"DD-EVP-ORIGIN-VERSION: ", MUTRAY_VERSION, datadog},
        {"DD-API-KEY: ", event->options->api_key, destination->kind == MUTRAY__TO_INTAKE},
        {"Datadog-Container-ID: ", container, datadog && container[0] != '\0'},
        {"Datadog-Entity-ID: ", entity, datadog && entity[0] != '\0'},
        {"Datadog-External-Env: ", external, datadog && external[0] != '\0'},
    };
    int error = 0;
    for (size_t i = 0; error == 0 && i < sizeof headers / sizeof headers[0]; i++)
        if (headers[i].wanted)
            error = add_header(request, headers[i].line_start, headers[i].value);
    return error;
}

static int make_body(struct request *request, const struct mutray__destination *destination,
                     const struct mutray__shipment *event)
{
    bool datadog = destination->kind <= MUTRAY__TO_INTAKE;
    char *json = datadog ? mutray__event_json(event) : mutray__push_json(destination->kind, event);
    if (json == NULL)
        return -ENOMEM;
    if (!datadog) {
        request->body = (struct mutray__body){.bytes = json, .size = strlen(json)};
        return 0;
    }
    int error = mutray__multipart(json, event->profile->bytes, event->profile->size, &request->body);
    free(json);
    return error;
}

static void set_options(struct request *request, const struct mutray__destination *destination,
                        const struct mutray__options *options, const struct mutray__attempt *attempt, long timeout_ms)
{
    CURL *easy = request->easy;
    curl_easy_setopt(easy, CURLOPT_URL, destination->url);
    if (destination->socket[0] != '\0')
        curl_easy_setopt(easy, CURLOPT_UNIX_SOCKET_PATH, destination->socket);
    if (options->ca_file[0] != '\0')
        curl_easy_setopt(easy, CURLOPT_CAINFO, options->ca_file);
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, request->headers);
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, request->body.bytes);
    curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->body.size);
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, timeout_ms);
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_TIMEOUT_MS);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_FORBID_REUSE, 1L);
    curl_easy_setopt(easy, CURLOPT_PROXY, destination->tls ? options->proxy : ""); /* "" is none at all */
    curl_easy_setopt(easy, CURLOPT_NOPROXY, "");
    curl_easy_setopt(easy, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
    curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, open_socket);
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, (void *)attempt);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, swallow);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, request);
    curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, request->error);
#if LIBCURL_VERSION_NUM >= 0x075700
    curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L); /* do not wait for a resolver that does not answer */
#endif
}

static bool told_to_stop(const struct mutray__attempt *attempt)
{
    return attempt->stop != NULL && atomic_load(attempt->stop) == MUTRAY__UPLOAD_ABORT;
}

static CURLcode perform(const struct mutray__attempt *attempt, CURL *easy)
{
    CURLcode code = CURLE_ABORTED_BY_CALLBACK;
    int running = 1;
    if (curl_multi_add_handle(attempt->multi, easy) != CURLM_OK)
        return CURLE_OUT_OF_MEMORY;
    while (!told_to_stop(attempt) && curl_multi_perform(attempt->multi, &running) == CURLM_OK && running > 0)
        curl_multi_poll(attempt->multi, NULL, 0, 1000, NULL); /* returns early when there is something to do */
    int left;
    for (CURLMsg *message; (message = curl_multi_info_read(attempt->multi, &left)) != NULL;)
        if (message->msg == CURLMSG_DONE)
            code = message->data.result;
    curl_multi_remove_handle(attempt->multi, easy);
    return code;
}

/* What a user can do about a refusal. */
static const char *advice(const struct mutray__destination *destination, long status)
{
    switch (status) {
    case 400:
        return "the profile was not understood; please report this";
    case 401:
    case 403:
        return destination->kind == MUTRAY__TO_INTAKE ? "the API key was refused; check DD_API_KEY and DD_SITE"
                                                      : "access was refused; check the credentials";
    case 404:
        return destination->kind == MUTRAY__TO_AGENT
                   ? "profiles are not accepted there; Datadog's agent does from 7.20 on"
                   : "profiles are not accepted there; check the address";
    case 408:
        return "the profile was not read in time";
    case 413:
        return "the profile is too large; lower DD_PROFILING_UPLOAD_INTERVAL or DD_PROFILING_MAX_FRAMES";
    case 429:
        return "too many profiles; raise DD_PROFILING_UPLOAD_INTERVAL";
    default:
        return status >= 500 ? "the receiver is in trouble" : "the profile was refused";
    }
}

static void judge(const struct mutray__destination *destination, CURLcode code, const char *error,
                  struct mutray__answer *ret)
{
    char where[1100];
    mutray__destination_show(destination, sizeof where, where);
    ret->text[0] = '\0';
    if (ret->status >= 200 && ret->status < 300) { /* even if the rest of the answer is garbage or missing */
        ret->verdict = MUTRAY__SENT;
    } else if (ret->status >= 300) {
        bool later = ret->status == 408 || ret->status == 429 || ret->status >= 500;
        ret->verdict = later ? MUTRAY__LATER : MUTRAY__DROP;
        snprintf(ret->text, sizeof ret->text, "%.150s answers %ld: %s", where, ret->status,
                 advice(destination, ret->status));
    } else {
        ret->verdict = MUTRAY__LATER;
        snprintf(ret->text, sizeof ret->text, "cannot send to %.150s: %.150s", where,
                 error[0] != '\0' ? error : curl_easy_strerror(code));
    }
}

static void let_go(struct request *request)
{
    for (struct curl_slist *header = request->headers; header != NULL; header = header->next)
        explicit_bzero(header->data, strlen(header->data));
    curl_easy_cleanup(request->easy);
    curl_slist_free_all(request->headers);
    free(request->body.bytes);
}

void mutray__request_send(const struct mutray__destination *destination, const struct mutray__shipment *event,
                          const struct mutray__attempt *attempt, struct mutray__answer *ret)
{
    struct request request = {.easy = curl_easy_init()};
    uint64_t now = mutray__monotonic_ns();
    double left_ms = attempt->deadline_ns > now ? (double)(attempt->deadline_ns - now) / 1e6 : 0;
    double timeout_ms = attempt->timeout_ms < left_ms ? attempt->timeout_ms : left_ms;
    CURLcode code = CURLE_OUT_OF_MEMORY;
    ret->status = 0;
    if (request.easy != NULL && make_body(&request, destination, event) == 0 &&
        add_headers(&request, destination, event) == 0) {
        set_options(&request, destination, event->options, attempt, timeout_ms < 1 ? 1 : (long)timeout_ms);
        code = perform(attempt, request.easy);
        curl_easy_getinfo(request.easy, CURLINFO_RESPONSE_CODE, &ret->status);
    }
    judge(destination, code, request.error, ret);
    let_go(&request);
}

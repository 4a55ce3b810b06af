/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether a receiver takes profiles, asked without sending one. An agent lists what it takes at /info. The intake has
 * nothing to ask, and the key is not sent for the sake of it: its form is looked at. Pyroscope and Parca have to
 * answer, whatever they say.
 */
#include "base/say.h"
#include "send.h"

#include <ctype.h>
#include <curl/curl.h>
#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define INPUT "/profiling/v1/input"
#define PROBE_TIMEOUT_MS 5000L
#define LONGEST_ANSWER (1u << 20)

struct answer {
    long status; /* 0: none, and error says why */
    char error[CURL_ERROR_SIZE];
    char *text;
    size_t size;
};

static size_t take(char *bytes, size_t size, size_t count, void *context)
{
    struct answer *answer = context;
    if (answer->size + size * count > LONGEST_ANSWER) return 0;
    answer->text = mutray_realloc(answer->text, answer->size + size * count + 1, 1);
    memcpy(answer->text + answer->size, bytes, size * count);
    answer->size += size * count;
    answer->text[answer->size] = '\0';
    return size * count;
}

static void get(const struct mutray__destination *destination, const struct mutray__options *options, const char *url,
                struct answer *ret)
{
    CURL *easy = curl_easy_init();
    memset(ret, 0, sizeof *ret);
    if (easy == NULL) mutray_die("out of memory");
    curl_easy_setopt(easy, CURLOPT_URL, url);
    if (destination->socket[0] != '\0') curl_easy_setopt(easy, CURLOPT_UNIX_SOCKET_PATH, destination->socket);
    if (options->ca_file[0] != '\0') curl_easy_setopt(easy, CURLOPT_CAINFO, options->ca_file);
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, PROBE_TIMEOUT_MS);
    curl_easy_setopt(easy, CURLOPT_PROXY, destination->tls ? options->proxy : "");
    curl_easy_setopt(easy, CURLOPT_NOPROXY, "");
    curl_easy_setopt(easy, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
    curl_easy_setopt(easy, CURLOPT_USERAGENT, "mutray/" MUTRAY_VERSION);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, ret);
    curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, ret->error);
    CURLcode code = curl_easy_perform(easy);
    if (code != CURLE_OK && ret->error[0] == '\0')
        snprintf(ret->error, sizeof ret->error, "%s", curl_easy_strerror(code));
    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &ret->status);
    curl_easy_cleanup(easy);
}

/* One line; what the receiver says about itself may be in it. */
static void tell(const char *format, ...) __attribute__((format(printf, 1, 2)));
static void tell(const char *format, ...)
{
    char text[2048];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    mutray_clean(text);
    puts(text);
}

static bool lists_input(json_t *info)
{
    size_t i;
    json_t *endpoint;
    json_array_foreach(json_object_get(info, "endpoints"), i, endpoint)
    {
        const char *path = json_string_value(endpoint);
        if (path != NULL && strcmp(path, INPUT) == 0) return true;
    }
    return false;
}

static int judge_info(const char *where, const struct answer *answer)
{
    json_t *info = answer->text != NULL ? json_loads(answer->text, 0, NULL) : NULL;
    const char *version = json_string_value(json_object_get(info, "version"));
    bool listed = lists_input(info);
    if (answer->status != 200) {
        tell("%s answers %ld to GET /info; is it Datadog's agent, at its APM port, and 7.28 or newer?", where,
               answer->status);
    } else if (!json_is_array(json_object_get(info, "endpoints"))) {
        tell("%s does not answer GET /info as Datadog's agent does; check the address", where);
    } else if (!listed) {
        tell("%s is an agent that does not list " INPUT ": it takes no profiles; upgrade it to 7.20 or newer",
               where);
    } else {
        tell("%s is an agent%s%.40s and takes profiles", where, version != NULL ? " of version " : "",
               version != NULL ? version : "");
    }
    json_decref(info);
    return listed ? 0 : answer->status == 404 ? SEND_UNKNOWN : MUTRAY_EXIT_NO; /* 7.20 to 7.27 have no /info */
}

static int probe_agent(const struct mutray__destination *destination, const struct mutray__options *options, const char *where)
{
    char url[sizeof destination->url + 8];
    struct answer answer;
    int length = (int)(strlen(destination->url) - strlen(INPUT));
    snprintf(url, sizeof url, "%.*s/info", length, destination->url);
    get(destination, options, url, &answer);
    int status = MUTRAY_EXIT_NO;
    if (answer.status > 0)
        status = judge_info(where, &answer);
    else
        tell("cannot reach %s: %s; start the agent, or set DD_TRACE_AGENT_URL", where, answer.error);
    free(answer.text);
    return status;
}

static int probe_intake(const char *key, const char *where)
{
    bool good = strlen(key) == 32;
    for (const char *at = key; *at != '\0'; at++) good = good && isxdigit((unsigned char)*at);
    if (good)
        tell("%s with an API key of the right form; only an upload shows whether it is accepted", where);
    else
        tell("%s: the API key is not 32 hexadecimal digits; check DD_API_KEY", where);
    return good ? 0 : MUTRAY_EXIT_NO;
}

static int probe_other(const struct mutray__destination *destination, const struct mutray__options *options, const char *where)
{
    struct answer answer;
    get(destination, options, destination->url, &answer);
    if (answer.status > 0)
        tell("%s answers; only an upload shows whether it takes profiles", where);
    else
        tell("cannot reach %s: %s; start it, or set MUTRAY_PUSH_URL", where, answer.error);
    free(answer.text);
    return answer.status > 0 ? 0 : MUTRAY_EXIT_NO;
}

int send_probe(void)
{
    struct mutray__options options;
    struct mutray__destination destination;
    const char *problem = NULL;
    char where[1100];
    int status;
    if (mutray__options_read(NULL, &options) < 0) mutray_die("out of memory");
    if (mutray__destination_find(&options, &destination, &problem) < 0) {
        tell("%s", problem);
        return MUTRAY_EXIT_NO;
    }
    mutray__destination_show(&destination, sizeof where, where);
    switch (destination.kind) {
    case MUTRAY__TO_AGENT:
        status = probe_agent(&destination, &options, where);
        break;
    case MUTRAY__TO_INTAKE:
        status = probe_intake(options.api_key, where);
        break;
    default:
        status = probe_other(&destination, &options, where);
    }
    mutray__options_free(&options);
    return status;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rules of Datadog's clients for finding the agent, and three forms more: a bare path is a unix socket and a bare
 * host is http, as in ddprof; and a URL with a tool's name in front says which protocol is spoken there.
 */
#include "destination.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define AGENT_PATH "/profiling/v1/input"

static bool starts_with(const char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

/* No spaces or control characters, which have no business in a URL and could smuggle a header. */
static bool is_clean(const char *text)
{
    for (; *text != '\0'; text++)
        if ((unsigned char)*text <= ' ' || *text == 0x7f)
            return false;
    return true;
}

/* The base without one trailing slash, then the path. */
static int join(struct mutray__destination *destination, const char *base, const char *path)
{
    size_t length = strlen(base);
    if (length > 0 && base[length - 1] == '/')
        length--;
    int written = snprintf(destination->url, sizeof destination->url, "%.*s%s", (int)length, base, path);
    destination->tls = starts_with(destination->url, "https://");
    return is_clean(base) && written > 0 && (size_t)written < sizeof destination->url ? 0 : -EINVAL;
}

static bool is_http(const char *url)
{
    const char *host = starts_with(url, "http://") ? url + 7 : starts_with(url, "https://") ? url + 8 : "";
    return host[0] != '\0' && host[0] != '/' && host[0] != ':';
}

static int use_socket(struct mutray__destination *destination, const char *path)
{
    if (path[0] != '/' || strlen(path) >= sizeof destination->socket)
        return -EINVAL;
    strcpy(destination->socket, path);
    return join(destination, "http://localhost", AGENT_PATH);
}

static int use_agent_url(struct mutray__destination *destination, const char *url)
{
    if (starts_with(url, "unix://"))
        return use_socket(destination, url + 7);
    if (url[0] == '/')
        return use_socket(destination, url);
    if (is_http(url))
        return join(destination, url, AGENT_PATH);
    if (strstr(url, "://") != NULL)
        return -EINVAL;
    char base[1024];
    if ((size_t)snprintf(base, sizeof base, "http://%s", url) >= sizeof base || !is_http(base))
        return -EINVAL;
    return join(destination, base, AGENT_PATH);
}

static const char *first(const char *one, const char *two, const char *otherwise)
{
    return one[0] != '\0' ? one : two[0] != '\0' ? two : otherwise;
}

static int use_host_and_port(struct mutray__destination *destination, const char *host, const char *port)
{
    char base[512];
    char *end;
    long number = strtol(port, &end, 10);
    bool bare_ipv6 = strchr(host, ':') != NULL && host[0] != '[';
    if (!isdigit((unsigned char)port[0]) || *end != '\0' || number < 1 || number > 65535 || strpbrk(host, "/?#@"))
        return -EINVAL;
    int written = snprintf(base, sizeof base, "http://%s%s%s:%ld", bare_ipv6 ? "[" : "", host, bare_ipv6 ? "]" : "",
                           number);
    return (size_t)written < sizeof base ? join(destination, base, AGENT_PATH) : -EINVAL;
}

static int find_agent(const struct mutray__options *options, struct mutray__destination *ret, const char **ret_problem)
{
    ret->kind = MUTRAY__TO_AGENT;
    if (options->agent_url[0] != '\0') {
        *ret_problem = "DD_TRACE_AGENT_URL must be http://HOST:PORT, https://HOST:PORT or unix:///PATH";
        return use_agent_url(ret, options->agent_url);
    }
    const char *host = first(options->trace_agent_host, options->agent_host, "");
    const char *port = first(options->trace_agent_port, options->agent_port, "");
    if (host[0] == '\0' && port[0] == '\0' && access(MUTRAY__AGENT_SOCKET, F_OK) == 0)
        return use_socket(ret, MUTRAY__AGENT_SOCKET);
    *ret_problem = "DD_AGENT_HOST must be a host and DD_TRACE_AGENT_PORT a port from 1 to 65535";
    return use_host_and_port(ret, first(host, "", "localhost"), first(port, "", "8126"));
}

static int find_intake(const struct mutray__options *options, struct mutray__destination *ret, const char **ret_problem)
{
    char base[512];
    ret->kind = MUTRAY__TO_INTAKE;
    *ret_problem = "DD_API_KEY must be one word";
    if (!is_clean(options->api_key))
        return -EINVAL;
    *ret_problem = "DD_SITE must be the name of a Datadog site, such as datadoghq.eu";
    if (strspn(options->site, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-:") !=
        strlen(options->site))
        return -EINVAL;
    int written = snprintf(base, sizeof base, "https://intake.profile.%s", options->site);
    return (size_t)written < sizeof base ? join(ret, base, "/api/v2/profile") : -EINVAL;
}

static int find_push(const char *url, struct mutray__destination *ret, const char **ret_problem)
{
    static const struct {
        const char *prefix;
        enum mutray__destination_kind kind;
        const char *path;
    } tools[] = {
        {"pyroscope+", MUTRAY__TO_PYROSCOPE, "/push.v1.PusherService/Push"},
        {"parca+", MUTRAY__TO_PARCA, "/api/profiles/writeraw"},
    };
    *ret_problem = "MUTRAY_PUSH_URL must be pyroscope+http://HOST:PORT or parca+http://HOST:PORT (or https)";
    for (size_t i = 0; i < sizeof tools / sizeof tools[0]; i++)
        if (starts_with(url, tools[i].prefix)) {
            const char *base = url + strlen(tools[i].prefix);
            ret->kind = tools[i].kind;
            return is_http(base) ? join(ret, base, tools[i].path) : -EINVAL;
        }
    return -EINVAL;
}

int mutray__destination_find(const struct mutray__options *options, struct mutray__destination *ret,
                             const char **ret_problem)
{
    memset(ret, 0, sizeof *ret);
    if (options->push_url[0] != '\0')
        return find_push(options->push_url, ret, ret_problem);
    if (options->api_key[0] != '\0')
        return find_intake(options, ret, ret_problem);
    return find_agent(options, ret, ret_problem);
}

void mutray__destination_show(const struct mutray__destination *destination, size_t size, char *ret_text)
{
    const char *host = strstr(destination->url, "://") + 3, *end = host + strcspn(host, "/");
    for (const char *at = end; at > host; at--)
        if (at[-1] == '@') {
            host = at;
            break;
        }
    if (destination->socket[0] != '\0')
        snprintf(ret_text, size, "unix://%s", destination->socket);
    else
        snprintf(ret_text, size, "%s://%.*s", destination->tls ? "https" : "http", (int)(end - host), host);
}

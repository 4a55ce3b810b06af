/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where `mutray push` sends to: what the command line says, else what the environment says, by the rules of the
 * runtime. Unlike the runtime it does not guess that an agent listens on this machine, unless asked for one by `--to
 * datadog`.
 */
#include "base/say.h"
#include "send.h"

#include <stdlib.h>
#include <string.h>

static void complain(const char *name, const char *value, const char *expected)
{
    (void)value; /* it may be a secret that went into the wrong variable */
    mutray_warn("push: %s is not %s, and is not used", name, expected);
}

static void set(const char **field, const char *text)
{
    free((char *)*field);
    *field = mutray_strdup(text);
}

static bool begins(const char *text, const char *tool)
{
    size_t length = strlen(tool);
    return strncmp(text, tool, length) == 0 && text[length] == '+';
}

static void choose_push(const char *to, const char *url, struct mutray__options *options)
{
    if (url[0] == '\0') {
        if (!begins(options->push_url, to))
            mutray_die("push: say where %s listens, as in --url http://HOST:%s", to,
                       strcmp(to, "parca") == 0 ? "7070" : "4040");
        return;
    }
    char *text = begins(url, to) ? mutray_strdup(url) : mutray_format("%s+%s", to, url);
    set(&options->push_url, text);
    free(text);
}

static void choose(const char *to, const char *url, struct mutray__options *options)
{
    if (strcmp(to, "datadog") == 0) {
        set(&options->push_url, "");
        if (url[0] == '\0') return;
        set(&options->agent_url, url);
        set(&options->api_key, "");
    } else if (to[0] != '\0') {
        choose_push(to, url, options);
    } else {
        options->enabled = true;
        set(&options->output_prefix, "file"); /* with a file, only a destination that was named counts */
        if (!mutray__options_upload(options))
            mutray_die("push: no destination; give --to datadog, or --to pyroscope or parca with --url, or set "
                       "DD_AGENT_HOST, DD_API_KEY or MUTRAY_PUSH_URL");
    }
}

void send_find_destination(const char *to, const char *url, struct mutray__options *ret_options,
                           struct mutray__destination *ret)
{
    const char *problem = NULL;
    if (mutray__options_read(complain, ret_options) < 0) mutray_die("out of memory");
    choose(to, url, ret_options);
    if (mutray__destination_find(ret_options, ret, &problem) == 0) return;
    if (url[0] == '\0') mutray_die("push: %s", problem);
    mutray_die("push: --url must be http://HOST:PORT or https://HOST:PORT%s",
               strcmp(to, "datadog") == 0 ? ", or unix:///PATH" : "");
}

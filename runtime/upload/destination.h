/* SPDX-License-Identifier: Apache-2.0 */
/* Where profiles are sent: worked out from the configuration, once. */
#ifndef MUTRAY_DESTINATION_H
#define MUTRAY_DESTINATION_H

#include "../export/options.h"

enum mutray__destination_kind {
    MUTRAY__TO_AGENT,     /* a Datadog agent */
    MUTRAY__TO_INTAKE,    /* Datadog itself, with a key */
    MUTRAY__TO_PYROSCOPE, /* Grafana Pyroscope */
    MUTRAY__TO_PARCA      /* Parca, Polar Signals */
};

struct mutray__destination {
    enum mutray__destination_kind kind;
    char url[1024];   /* of the request */
    char socket[108]; /* path of a unix socket to reach it by, or "" */
    bool tls;
};

/* Where Datadog's agent listens if nothing else is said and it is there. */
#define MUTRAY__AGENT_SOCKET "/var/run/datadog/apm.socket"

/*
 * MUTRAY_PUSH_URL wins over DD_API_KEY, which wins over the agent. 0; or -EINVAL, and *ret_problem then says which
 * variable is wrong and what it should be (static text).
 */
int mutray__destination_find(const struct mutray__options *options, struct mutray__destination *ret,
                             const char **ret_problem);
/* For messages: the URL without credentials, or the socket. */
void mutray__destination_show(const struct mutray__destination *destination, size_t size, char *ret_text);

#endif

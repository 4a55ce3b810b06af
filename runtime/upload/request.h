/* SPDX-License-Identifier: Apache-2.0 */
/* One profile as one HTTP request, and what comes back. Used by the runtime's uploader and by `mutray push`. */
#ifndef MUTRAY_REQUEST_H
#define MUTRAY_REQUEST_H

#include <curl/curl.h>
#include <stdatomic.h>

#include "destination.h"
#include "event.h"

/* What is to become of a profile after an attempt to send it. */
enum mutray__verdict {
    MUTRAY__SENT,  /* 2xx */
    MUTRAY__LATER, /* the same request may succeed another time: no answer, 408, 429, 5xx */
    MUTRAY__DROP   /* it never will */
};

struct mutray__answer {
    enum mutray__verdict verdict;
    long status;    /* of HTTP; 0: there was no answer */
    char text[400]; /* what went wrong and what to do about it; "" if sent. No credentials are in it. */
};

#define MUTRAY__SHORTEST_TIMEOUT_MS 3000.0 /* what a timeout of 0 means to libdatadog */

/* How an attempt is made, and how another thread can end it. */
struct mutray__attempt {
    uint64_t deadline_ns;   /* CLOCK_MONOTONIC */
    double timeout_ms;      /* for this attempt */
    CURLM *multi;           /* curl_multi_wakeup() makes it look at `stop` */
    const atomic_int *stop; /* MUTRAY__UPLOAD_ABORT ends it; may be null */
    int (*open_socket)(int domain, int type, int protocol); /* as socket() */
};

void mutray__request_send(const struct mutray__destination *destination, const struct mutray__shipment *event,
                          const struct mutray__attempt *attempt, struct mutray__answer *ret);

uint64_t mutray__monotonic_ns(void);

#endif

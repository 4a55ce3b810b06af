/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libcurl could write this, but it takes the boundary from the TLS library's random numbers. At exit, when the last
 * profile is sent, the program may have run OpenSSL's clean-up already, and asking OpenSSL for anything then crashes.
 * With the body made here, a request over plain HTTP never touches it.
 */
#include "multipart.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

static void make_boundary(char ret[static MUTRAY__BOUNDARY_SIZE])
{
    unsigned long long random[2];
    struct timespec now;
    if (getrandom(random, sizeof random, GRND_NONBLOCK) != sizeof random) { /* only in a machine's first moments */
        clock_gettime(CLOCK_REALTIME, &now);
        random[0] = (unsigned long long)now.tv_nsec << 32;
        random[1] = (unsigned long long)now.tv_sec;
    }
    snprintf(ret, MUTRAY__BOUNDARY_SIZE, "mutray-%016llx%016llx", random[0], random[1]);
}

int mutray__multipart(const char *event_json, const void *profile, size_t profile_size, struct mutray__body *ret)
{
    static const char event_head[] = "--%s\r\n"
                                     "Content-Disposition: form-data; name=\"event\"; filename=\"event.json\"\r\n"
                                     "Content-Type: application/json\r\n\r\n%s\r\n";
    static const char profile_head[] =
        "--%s\r\n"
        "Content-Disposition: form-data; name=\"profile.pprof\"; filename=\"profile.pprof\"\r\n"
        "Content-Type: application/octet-stream\r\n\r\n";
    size_t room = sizeof event_head + sizeof profile_head + 3 * MUTRAY__BOUNDARY_SIZE + strlen(event_json) +
                  profile_size + 16;
    char *bytes = malloc(room);
    if (bytes == NULL)
        return -ENOMEM;
    make_boundary(ret->boundary);
    size_t size = (size_t)snprintf(bytes, room, event_head, ret->boundary, event_json);
    size += (size_t)snprintf(bytes + size, room - size, profile_head, ret->boundary);
    memcpy(bytes + size, profile, profile_size);
    size += profile_size;
    size += (size_t)snprintf(bytes + size, room - size, "\r\n--%s--\r\n", ret->boundary);
    ret->bytes = bytes;
    ret->size = size;
    return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * evload MEGABYTES: a bounded, checked load for libevent with its locks on: four threads write through thread-safe
 * bufferevents whose other ends are read by an event loop in a fifth. All bytes must arrive, with the right sum.
 */
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/thread.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { WRITERS = 4, BLOCK = 1024 };

static unsigned long long wanted, arrived[WRITERS], sums[WRITERS];
static struct event_base *base;
static int still_open = WRITERS;

static void take(struct bufferevent *bev, void *number)
{
    unsigned char block[4 * BLOCK];
    size_t length, self = (size_t)number;
    while ((length = bufferevent_read(bev, block, sizeof block)) > 0) {
        arrived[self] += length;
        for (size_t i = 0; i < length; i++)
            sums[self] += block[i];
    }
    if (arrived[self] >= wanted && --still_open == 0) event_base_loopexit(base, NULL);
}

static void *write_all(void *end)
{
    struct bufferevent *bev = end;
    unsigned char block[BLOCK];
    memset(block, 3, sizeof block);
    for (unsigned long long sent = 0; sent < wanted; sent += BLOCK) {
        bufferevent_write(bev, block, BLOCK);
        while (evbuffer_get_length(bufferevent_get_output(bev)) > 64 * BLOCK)
            usleep(500);
    }
    return NULL;
}

int main(int argc, char **argv)
{
    pthread_t threads[WRITERS];
    struct bufferevent *ends[WRITERS][2];
    wanted = argc == 2 ? strtoull(argv[1], NULL, 10) * 1024 * 1024 / WRITERS : 0;
    if (wanted == 0) {
        fprintf(stderr, "usage: evload MEGABYTES\n");
        return 2;
    }
    if (evthread_use_pthreads() != 0 || (base = event_base_new()) == NULL) return 1;
    for (size_t i = 0; i < WRITERS; i++) {
        int pair[2];
        if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) != 0) return 1;
        for (int end = 0; end < 2; end++) {
            evutil_make_socket_nonblocking(pair[end]);
            ends[i][end] = bufferevent_socket_new(base, pair[end], BEV_OPT_CLOSE_ON_FREE | BEV_OPT_THREADSAFE);
            if (ends[i][end] == NULL) return 1;
        }
        bufferevent_setcb(ends[i][0], take, NULL, NULL, (void *)i);
        bufferevent_enable(ends[i][0], EV_READ);
        bufferevent_enable(ends[i][1], EV_WRITE);
    }
    for (size_t i = 0; i < WRITERS; i++)
        if (pthread_create(&threads[i], NULL, write_all, ends[i][1]) != 0) return 1;
    event_base_dispatch(base);
    int wrong = 0;
    for (size_t i = 0; i < WRITERS; i++) {
        pthread_join(threads[i], NULL);
        wrong |= arrived[i] != wanted || sums[i] != 3 * wanted;
        bufferevent_free(ends[i][0]);
        bufferevent_free(ends[i][1]);
    }
    event_base_free(base);
    printf("evload: %s\n", wrong ? "bytes were lost" : "every byte arrived");
    return wrong;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * httpload PORT THREADS ROUNDS WORDS: a bounded, checked load for an HTTP server on 127.0.0.1.
 *
 * In each round a thread makes a connection, asks for `/` and reads to the end. One answer 200 with WORDS in it must come.
 * The first that does not ends the program.
 */
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { MOST_THREADS = 64 };

static const char request[] = "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n";
static struct sockaddr_in server = {.sin_family = AF_INET};
static const char *words;
static unsigned rounds;

static _Noreturn void fail(const char *what)
{
    fprintf(stderr, "httpload: %s\n", what);
    exit(1);
}

/* The server may still be starting: tries for ten seconds. */
static int connect_to_server(void)
{
    for (unsigned tries = 0; tries < 200; tries++) {
        int fd = socket(AF_INET, SOCK_STREAM, 0);
        if (fd < 0) fail("no socket");
        if (connect(fd, (const struct sockaddr *)&server, sizeof server) == 0) return fd;
        close(fd);
        nanosleep(&(struct timespec){.tv_nsec = 50000000}, NULL);
    }
    fail("nobody listens");
}

static void *converse(void *unused)
{
    (void)unused;
    for (unsigned i = 0; i < rounds; i++) {
        char answer[4096];
        size_t have = 0;
        ssize_t n;
        int fd = connect_to_server();
        if (send(fd, request, sizeof request - 1, MSG_NOSIGNAL) != (ssize_t)sizeof request - 1) fail("cannot send");
        while (have < sizeof answer - 1 && (n = recv(fd, answer + have, sizeof answer - 1 - have, 0)) > 0)
            have += (size_t)n;
        answer[have] = '\0';
        close(fd);
        if (strncmp(answer, "HTTP/1.1 200 ", 13) != 0 || strstr(answer, words) == NULL) fail("a wrong answer");
    }
    return NULL;
}

int main(int argc, char **argv)
{
    unsigned threads = argc == 5 ? (unsigned)strtoul(argv[2], NULL, 10) : 0;
    if (threads == 0 || threads > MOST_THREADS) {
        fprintf(stderr, "usage: httpload PORT THREADS (1 to %d) ROUNDS WORDS\n", MOST_THREADS);
        return 2;
    }
    server.sin_port = htons((unsigned short)strtoul(argv[1], NULL, 10));
    server.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    rounds = (unsigned)strtoul(argv[3], NULL, 10);
    words = argv[4];

    pthread_t ids[MOST_THREADS];
    for (unsigned i = 0; i < threads; i++)
        if (pthread_create(&ids[i], NULL, converse, NULL) != 0) fail("cannot start a thread");
    for (unsigned i = 0; i < threads; i++)
        pthread_join(ids[i], NULL);
    printf("httpload: %u requests, every answer right\n", threads * rounds);
    return 0;
}

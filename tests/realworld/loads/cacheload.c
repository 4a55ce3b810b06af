/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cacheload SOCKET CONNECTIONS ROUNDS: a bounded, checked load for a server that speaks memcached's text protocol.
 *
 * Each connection has a thread, which in each round stores a value, reads it and an older one, and counts. All answers
 * are compared with what must come: a server whose locks no longer lock is found out. The first wrong answer ends it.
 */
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum { MOST_CONNECTIONS = 64, KEYS = 500 };

static struct sockaddr_un server = {.sun_family = AF_UNIX};
static unsigned rounds;

static _Noreturn void fail(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fprintf(stderr, "cacheload: ");
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
    exit(1);
}

/* The server may still be starting: tries for ten seconds. */
static int connect_to_server(void)
{
    for (unsigned tries = 0; tries < 200; tries++) {
        int fd = socket(AF_UNIX, SOCK_STREAM, 0);
        if (fd < 0) fail("no socket");
        if (connect(fd, (const struct sockaddr *)&server, sizeof server) == 0) return fd;
        close(fd);
        nanosleep(&(struct timespec){.tv_nsec = 50000000}, NULL);
    }
    fail("nobody listens on %s", server.sun_path);
}

/* Sends a request and takes exactly the answer that must come. */
static void expect(int fd, const char *request, const char *answer)
{
    size_t length = strlen(request), wanted = strlen(answer), have = 0;
    char got[512];
    if (send(fd, request, length, MSG_NOSIGNAL) != (ssize_t)length) fail("the server closed the connection");
    while (have < wanted) {
        ssize_t n = recv(fd, got + have, wanted - have, 0);
        if (n <= 0) fail("the server closed the connection after `%s`", request);
        have += (size_t)n;
        if (memcmp(got, answer, have) != 0)
            fail("`%s` answered with `%.*s`, not `%s`", request, (int)have, got, answer);
    }
}

/* Each connection has its own keys, so it knows what every one of them holds; the counter is everybody's. */
static void *converse(void *argument)
{
    unsigned self = *(const unsigned *)argument;
    int fd = connect_to_server();
    char request[128], answer[128];
    for (unsigned i = 0; i < rounds; i++) {
        unsigned old = i + 1 < KEYS ? i : i + 1 - KEYS; /* the round whose value is the next to be replaced */
        snprintf(request, sizeof request, "set c%u-%u 0 0 8\r\n%08u\r\n", self, i % KEYS, i);
        expect(fd, request, "STORED\r\n");
        snprintf(request, sizeof request, "get c%u-%u\r\n", self, old % KEYS);
        snprintf(answer, sizeof answer, "VALUE c%u-%u 0 8\r\n%08u\r\nEND\r\n", self, old % KEYS, old);
        expect(fd, request, answer);
        expect(fd, "incr visits 1 noreply\r\ndelete nobody\r\n", "NOT_FOUND\r\n");
    }
    close(fd);
    return NULL;
}

int main(int argc, char **argv)
{
    unsigned connections = argc == 4 ? (unsigned)strtoul(argv[2], NULL, 10) : 0;
    if (connections == 0 || connections > MOST_CONNECTIONS || strlen(argv[1]) >= sizeof server.sun_path) {
        fprintf(stderr, "usage: cacheload SOCKET CONNECTIONS (1 to %d) ROUNDS\n", MOST_CONNECTIONS);
        return 2;
    }
    strcpy(server.sun_path, argv[1]);
    rounds = (unsigned)strtoul(argv[3], NULL, 10);

    int fd = connect_to_server();
    expect(fd, "set visits 0 0 1\r\n0\r\n", "STORED\r\n");
    pthread_t threads[MOST_CONNECTIONS];
    unsigned numbers[MOST_CONNECTIONS];
    for (unsigned i = 0; i < connections; i++) {
        numbers[i] = i;
        if (pthread_create(&threads[i], NULL, converse, &numbers[i]) != 0) fail("cannot start a thread");
    }
    for (unsigned i = 0; i < connections; i++)
        pthread_join(threads[i], NULL);

    char answer[32];
    snprintf(answer, sizeof answer, "%u\r\n", connections * rounds + 1);
    expect(fd, "incr visits 1\r\n", answer);
    printf("cacheload: %u connections, %u requests, every answer right\n", connections, connections * rounds * 4);
    close(fd);
    return 0;
}

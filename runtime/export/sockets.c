/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A program that is started during an upload inherits none of its sockets: they are close-on-exec. A child that is only
 * forked would: a connection would stay open for as long as the child lives, and the child has descriptors of which it
 * knows nothing. So the sockets of an upload are written down here, and the child closes them. When one was closed in
 * the meantime its number may be somebody else's: the number of the socket itself (its inode) must be the one written
 * down. No fork comes between making a socket and writing it down.
 *
 * Not known here: the sockets by which libc asks for the address of a host's name.
 */
#include "sockets.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "session.h"

#define MOST 16 /* more than libcurl has at once: when all are taken the oldest gives way */

static struct {
    int descriptor;
    ino_t inode;
} noted[MOST];
static unsigned count;

void mutray__sockets_note(int descriptor)
{
    struct stat status;
    if (descriptor < 0 || fstat(descriptor, &status) < 0)
        return;
    noted[count % MOST].descriptor = descriptor;
    noted[count % MOST].inode = status.st_ino;
    count++;
}

int mutray__sockets_open(int domain, int type, int protocol)
{
    mutray__session_forbid_fork();
    int descriptor = socket(domain, type, protocol);
    mutray__sockets_note(descriptor);
    mutray__session_allow_fork();
    return descriptor;
}

void mutray__sockets_forget(void)
{
    count = 0;
}

void mutray__sockets_close_inherited(void)
{
    for (unsigned i = 0; i < count && i < MOST; i++) {
        struct stat status;
        if (fstat(noted[i].descriptor, &status) == 0 && S_ISSOCK(status.st_mode) && status.st_ino == noted[i].inode)
            close(noted[i].descriptor);
    }
    count = 0;
}

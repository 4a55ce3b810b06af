/* SPDX-License-Identifier: Apache-2.0 */
/* The sockets of an upload under way, so that a forked child can close them; see sockets.c. */
#ifndef MUTRAY_SOCKETS_H
#define MUTRAY_SOCKETS_H

/* As socket(); for the exporter, like the others but the last. */
int mutray__sockets_open(int domain, int type, int protocol);
/* Two that somebody else has made, with forks forbidden meanwhile. */
void mutray__sockets_note(int descriptor);
/* The upload is over, all of its sockets are closed. */
void mutray__sockets_forget(void);
/* In the forked child: closes them. Async-signal-safe. */
void mutray__sockets_close_inherited(void);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* The table of locks that a thread holds, and how its entries are recorded; see held.c. All for the calling thread. */
#ifndef MUTRAY_HELD_H
#define MUTRAY_HELD_H

#include "thread.h"

/* The newest entry of a lock that is held now; null if it is not tracked. */
struct mutray__held *mutray__held_find(struct mutray__thread *thread, const void *lock);
/* `nested`: an inner level, whose hold is part of another's. */
void mutray__held_push(struct mutray__thread *thread, const struct mutray__acquire *acquire, bool nested);
/* The end of the hold was missed: what is left is the acquire, to be recorded with the next ones that are ready. */
void mutray__held_orphan(struct mutray__thread *thread, struct mutray__held *held);
/* Records, and frees, the entries that are ready. */
void mutray__held_record(struct mutray__thread *thread);
/*
 * Now and then orphans holds so old that they were probably ended by somebody else: while locks are tracked, all of the
 * thread's locks cost more.
 */
void mutray__held_look_for_old(struct mutray__thread *thread);
/* The thread ends: what it still holds is recorded as far as known. */
void mutray__held_abandon(struct mutray__thread *thread);

#endif

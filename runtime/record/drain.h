/* SPDX-License-Identifier: Apache-2.0 */
/* Handing over what was recorded; see drain.c. */
#ifndef MUTRAY_DRAIN_H
#define MUTRAY_DRAIN_H

#include "record.h"

/* Notes how things are at the start of recording. */
void mutray__drain_open(void);
/* Fills in all but the losses. */
void mutray__record_totals(struct mutray__totals *totals);

/* The most sites, locks and units there were at once. */
struct mutray__totals mutray__record_attached(void);
/* Gives the blocks of ended threads back, with what is in them. While nobody drains. */
void mutray__forget_ended(void);
/* In a forked child. Async-signal-safe. */
void mutray__drain_after_fork(void);

#endif

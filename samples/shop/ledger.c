/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The ledger: one for all, behind one lock. The shop's second mistake is here: the page is written to the disk with the
 * ledger locked, and every clerk waits.
 */
#include "ledger.h"

#include "work.h"

enum { ENTRIES_PER_PAGE = 6 };

pthread_mutex_t ledger_lock = PTHREAD_MUTEX_INITIALIZER; /* !CREATE! ledger_lock */
struct ledger ledger;

void ledger_post(unsigned pieces, unsigned cents)
{
    pthread_mutex_lock(&ledger_lock);
    ledger.entries++;
    ledger.pieces += pieces;
    ledger.cents += cents;
    if (ledger.entries % ENTRIES_PER_PAGE == 0) wait_for_device(800);
    pthread_mutex_unlock(&ledger_lock);
}

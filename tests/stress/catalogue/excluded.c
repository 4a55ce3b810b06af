/* SPDX-License-Identifier: Apache-2.0 */
/* Row 22: `.mutray` leaves this file out. */
#include "others.h"

#include "kind.h"

void work_in_an_excluded_file(void)
{
    lock_type lock_of_an_excluded_file;

    lock_init(&lock_of_an_excluded_file);
    lock_acquire(&lock_of_an_excluded_file);
    lock_release(&lock_of_an_excluded_file);
    lock_destroy(&lock_of_an_excluded_file);
}

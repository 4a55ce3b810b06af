/* SPDX-License-Identifier: Apache-2.0 */
/* Row 22: instrumented, but left out when the program runs, with what is made here. */
#include "others.h"

#include "kind.h"

void work_in_a_file_left_out(lock_type *callers)
{
    lock_type lock_of_a_file_left_out;

    lock_init(&lock_of_a_file_left_out);
    lock_acquire(&lock_of_a_file_left_out);
    lock_acquire(callers);
    lock_release(callers);
    lock_release(&lock_of_a_file_left_out);
    lock_destroy(&lock_of_a_file_left_out);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Row 21: a project has its own names for the lock functions, in a file of their own. No lock may be called after it.
 */
#include "others.h"

void my_lock_make(lock_type *m)
{
    lock_init(m);
}

void my_lock_take(lock_type *m)
{
    lock_acquire(m);
}

void my_lock_leave(lock_type *m)
{
    lock_release(m);
}

void my_lock_end(lock_type *m)
{
    lock_destroy(m);
}

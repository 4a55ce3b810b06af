/* SPDX-License-Identifier: Apache-2.0 */
/* Row 29: an instrumented shared object, loaded and unloaded while the program runs. */
#include "kind.h"

void late_object_work(void);

static lock_type late_lock LOCK_INITIALISED; /* !CREATE-STATIC! 29.late_object.late_lock */

void late_object_work(void)
{
    lock_init_if_needed(&late_lock); /* !CREATE-INIT! 29.late_object.late_lock */
    lock_acquire(&late_lock);        /* !ACQUIRE! 29.late_object.late_lock */
    lock_release(&late_lock);        /* !RELEASE! 29.late_object.late_lock */
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tamper PID: a process whose runtime claims to have more than it can have, as a malicious one may, for root to read:
 * each of its parts becomes as large as the largest.
 */
#include "control/target.h"

#include <stdio.h>

int main(int argc, char **argv)
{
    struct target target;
    struct mutray__arena pool;
    if (argc != 2) return 2;
    target_open("tamper", argv[1], &target);
    struct mutray__control control = target_control(&target);
    target_read(&target, (uintptr_t)control.arenas[MUTRAY__CONTROL_ARENAS - 1], &pool, sizeof pool);
    pool.used = pool.size;
    for (int i = 0; i < MUTRAY__CONTROL_ARENAS; i++)
        target_write(&target, (uintptr_t)control.arenas[i], &pool, sizeof pool);
    target_close(&target);
    return 0;
}

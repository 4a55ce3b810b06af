/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Being turned on and off from outside: what `mutray start|stop|flush PID` finds in a process; see control.c. Each runtime
 * carries a note (ELF), named "mutray", of this type, with the distance from the note's content to `mutray__control`.
 */
#ifndef MUTRAY_CONTROL_H
#define MUTRAY_CONTROL_H

#include "spool.h"

#define MUTRAY__CONTROL_NOTE 2
#define MUTRAY__CONTROL_ABI 1

enum mutray__control_action { MUTRAY__CONTROL_START = 1, MUTRAY__CONTROL_STOP, MUTRAY__CONTROL_FLUSH };
enum { MUTRAY__CONTROL_ARENAS = 4 };

struct mutray__control {
    uint32_t abi, size;
    uint64_t layout; /* MUTRAY__SPOOL_LAYOUT */
    /* Where things are in the process: */
    void (*const *door)(void);
    struct mutray__unit *const *units;
    const struct mutray__arena *arenas[MUTRAY__CONTROL_ARENAS]; /* names, stacks, stacks, pool */
    struct mutray__losses *const *lost;
    /* How things are: */
    _Atomic uint32_t on;       /* recording */
    _Atomic uint32_t exports;  /* the process makes its profiles itself */
    _Atomic uint32_t profiles; /* how many of them it has made */
    _Atomic uint32_t done;     /* the last request that was carried out */
    int32_t result;            /* of it: 0 or -errno */
    struct mutray__tables tables; /* as of the last start by request */
    /* Written from outside, the number last: */
    uint32_t action;
    struct mutray__record_config config;
    uint64_t descriptor; /* for mutray__stack_use_descriptor(); 0: not known */
    _Atomic uint32_t asked; /* the number of the request */
};
extern struct mutray__control mutray__control;

/* --- what the door needs of record.c, with the units' lock --- */

bool mutray__units_try_lock(void);
void mutray__units_unlock(void);
int mutray__start_locked(const struct mutray__record_config *config);
void mutray__stop_locked(void);
/* Points all modules to where they should. */
void mutray__switch_locked(void);

#endif

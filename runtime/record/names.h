/* SPDX-License-Identifier: Apache-2.0 */
/* Places, declarations, creations and the names of locks: names.c. Locks by address: addresses.c. */
#ifndef MUTRAY_NAMES_H
#define MUTRAY_NAMES_H

#include "losses.h"
#include "mutray/abi.h"
#include "record.h"
#include "set.h"

enum mutray__kind { MUTRAY__KIND_MUTEX, MUTRAY__KIND_RWLOCK, MUTRAY__KIND_SPIN, MUTRAY__KIND_MTX };

/* A declaration, the same for all units: what a lock's `joined` is. Without one: the site's own word. */
struct mutray__key {
    struct mutray__node node;
    const char *text, *variable, *declaration;
    _Atomic(struct mutray__creation_record *) sole;   /* the only creation there can be, if there is one */
    _Atomic(struct mutray__creation_record *) former; /* the sole one, whose init calls were therefore not remembered */
    _Atomic(struct mutray__site_record *) sites;      /* all that use it */
    struct mutray__creation_record *first[2];         /* by strength, under the units' lock */
    unsigned count[2];
    atomic_bool by_address; /* some are made where only running the program shows it, through its own functions */
};

/* Where locks are made: a definition or an init call. */
struct mutray__creation_record {
    struct mutray__node node;
    struct mutray__key *key; /* null for an init call through a bare pointer */
    const char *file;        /* without directories */
    const char *variable;
    unsigned line;
    bool counted[2];         /* among the key's creations, by strength */
    _Atomic uint32_t excluded_since; /* the epoch of recording in which it was found to be left alone */
};

/* A call, interned: what stays when its module is gone. */
struct mutray__site_record {
    struct mutray__node node;
    struct mutray__place place;
    struct mutray__key *key;
    unsigned what;
    bool address_first;                                 /* the declaration says less than the address */
    _Atomic(struct mutray__creation_record *) creation; /* made here */
    _Atomic(struct mutray__name_record *) name;         /* the last one found here */
    _Atomic uint64_t settled;          /* references of this record and of the name that all locks used here have; or 0 */
    struct mutray__site_record *next;  /* of the same key */
};

struct mutray__name_record {
    struct mutray__node node;
    struct mutray__lock_name name;
    struct mutray__creation_record *creation;
    struct mutray__key *key;
    enum mutray__kind kind;
};

/* Whether a site's expression says little about which lock it is: a pointer, perhaps with a declaration of its own. */
static inline bool mutray__site_is_bare(const struct mutray__site *site)
{
    return site->lock == NULL || (site->flags & (MUTRAY__SITE_POINTER | MUTRAY__SITE_PARAMETER)) != 0;
}

/* 0 or -ENOMEM; the first time, in the arena for names. */
int mutray__names_open(void);

static inline struct mutray__site_record *mutray__site_at(uint32_t ref)
{
    return mutray__arena_at(&mutray__names_arena, ref);
}

/* The record of a site; null when memory is spent. Remembers it in the site. */
struct mutray__site_record *mutray__site_record_make(struct mutray__site *site);
static inline struct mutray__site_record *mutray__site_record(struct mutray__site *site)
{
    uint32_t id = __atomic_load_n(&site->id, __ATOMIC_ACQUIRE);
    return id != 0 ? mutray__site_at(id) : mutray__site_record_make(site);
}

/* The creation that the key alone tells; null if the address must. In order with the stores that settle() makes. */
static inline struct mutray__creation_record *mutray__key_sole(struct mutray__key *key)
{
    bool by_address = atomic_load(&key->by_address);
    return by_address ? NULL : atomic_load(&key->sole);
}

/* How the lock at `address` is called where `site` uses it; null when memory is spent. */
struct mutray__name_record *mutray__name_find(struct mutray__site_record *site, const void *address,
                                              enum mutray__kind kind);
static inline struct mutray__name_record *mutray__name_of(struct mutray__site_record *site, const void *address,
                                                          enum mutray__kind kind)
{
    struct mutray__name_record *name = atomic_load_explicit(&site->name, memory_order_acquire);
    bool is_it = name != NULL && !site->address_first && name->creation != NULL && name->kind == kind &&
                 name->creation == mutray__key_sole(site->key);
    return is_it ? name : mutray__name_find(site, address, kind);
}

/* Site and name, as the tables have them, of a call whose locks all have the same name; 0 if there is more to find out. */
static inline uint64_t mutray__site_settled(const struct mutray__site *site)
{
    uint32_t id = __atomic_load_n(&site->id, __ATOMIC_ACQUIRE);
    const struct mutray__site_record *record = (const void *)(mutray__names_arena.base + (size_t)id * 8);
    _Static_assert(offsetof(struct mutray__site_record, settled) < 256, "0 is read for the id 0: arenas begin empty");
    return atomic_load_explicit(&record->settled, memory_order_acquire);
}

/* The key's locks are no longer all made in one place: what is settled for its sites is so no more. */
void mutray__key_unsettle(struct mutray__key *key);

/* --- exclude.c --- */

/* Whether a source file is among those whose locks are left alone. */
bool mutray__excludes(const char *path);
/* The creation stands in that file, as compiled. */
void mutray__exclude(struct mutray__creation_record *creation, const char *path);
/* Whether the lock of that name, used at that site, is left alone. */
bool mutray__is_excluded(const struct mutray__name_record *name, const struct mutray__site_record *site);

/* --- names.c --- */

/* Joins what a unit declares and creates. Under the units' lock. */
void mutray__names_join(struct mutray__unit *unit);

/* Whether the names of locks that are members have the member in them. Set before recording starts. */
extern bool mutray__member_names;

/* --- addresses.c --- */

/* Whether all init calls must be remembered by address, because there are bare pointers. */
extern atomic_bool mutray__bare_pointers;

int mutray__addresses_open(void);
/* An init call has made the lock, perhaps for another function, whose caller will name it; a destroy call has ended it. */
void mutray__address_created(struct mutray__site *site, const void *address, bool for_another);
void mutray__address_destroyed(const void *address);
/* The lock was made by a function that `site` called: just now, or unseen. */
void mutray__address_received(struct mutray__site *site, const void *address, bool just_now);
/* Static objects: added for a unit as a whole, and taken away with it. Under the units' lock. */
void mutray__ranges_add(const struct mutray__unit *unit);
void mutray__ranges_remove(const struct mutray__unit *unit);
void mutray__ranges_clear(void);
/* In a forked child: a change that another thread was making is over. Async-signal-safe. */
void mutray__ranges_after_fork(void);
/* The creation of the lock at an address, null if unknown. Where several have the place, the one of `key`. */
struct mutray__creation_record *mutray__creation_at(const void *address, const struct mutray__key *key);

struct mutray__creation_record *mutray__creation_record(struct mutray__key *key, const char *path, unsigned line,
                                                        const char *variable);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which creation made the lock at this address? Asked for recorded events only, when the declaration does not tell. Two
 * sources: the init calls that were seen, in a table of address and creation; and the static objects of the units, as
 * sorted ranges.
 *
 * The table is open addressing with bounded probing. A slot keeps its address when its lock is destroyed, and is taken
 * over by the next address that needs one. Two threads making or ending the *same* lock at once is the program's own
 * error, so the races that are left are between different addresses, and a compare-and-swap of the address settles
 * those. Only init calls whose creation could be ambiguous are entered, so most programs leave the table empty.
 *
 * The ranges are changed only when modules come and go; readers never wait: they check a sequence number, try a few
 * times, and otherwise do without. Whoever reads (acquire) what a change has written (release) also sees that the number
 * is another.
 */
#include "names.h"

#include <errno.h>
#include <stdlib.h>

#define PROBES 32
#define RANGES 65536
#define NESTED 64 /* how many ranges may begin between an address and the beginning of its own */
#define TRIES 4
#define ENDED ((uintptr_t)1)

struct slot {
    atomic_uintptr_t address;
    _Atomic(struct mutray__creation_record *) creation;
};

struct range {
    atomic_uintptr_t start, end, stride;
    _Atomic(struct mutray__creation_record *) creation;
};

atomic_bool mutray__bare_pointers;

static struct slot *slots;
static size_t slot_mask;
static atomic_size_t entered; /* init calls ever entered: none, and destroy calls need not look */

static struct range *ranges;
static size_t range_limit;
static atomic_size_t range_count;
static atomic_uint range_sequence; /* odd while the ranges change */

int mutray__addresses_open(void)
{
    struct mutray__arena *arena = &mutray__addresses_arena;
    if (slots != NULL)
        return 0;
    size_t room = arena->size / 4;
    range_limit = room / sizeof *ranges < RANGES ? room / sizeof *ranges : RANGES;
    ranges = mutray__arena_get(arena, range_limit * sizeof *ranges);
    size_t count = 1;
    while (count * 2 * sizeof *slots <= arena->size / 2)
        count *= 2;
    slot_mask = count - 1;
    slots = mutray__arena_get(arena, count * sizeof *slots);
    return slots != NULL && ranges != NULL ? 0 : -ENOMEM;
}

/* --- init calls --- */

static size_t first_slot(uintptr_t address)
{
    return mutray__hash_number(0, address) & slot_mask;
}

static struct slot *find(uintptr_t address)
{
    for (size_t i = 0, at = first_slot(address); i < PROBES; i++) {
        struct slot *slot = &slots[(at + i) & slot_mask];
        uintptr_t found = atomic_load_explicit(&slot->address, memory_order_acquire);
        if (found == address)
            return slot;
        if (found == 0)
            break;
    }
    return NULL;
}

static struct slot *claim(uintptr_t address)
{
    for (size_t i = 0, at = first_slot(address); i < PROBES; i++) {
        struct slot *slot = &slots[(at + i) & slot_mask];
        uintptr_t found = atomic_load_explicit(&slot->address, memory_order_relaxed);
        if ((found == 0 || found == ENDED) &&
            atomic_compare_exchange_strong_explicit(&slot->address, &found, address, memory_order_acq_rel,
                                                    memory_order_relaxed))
            return slot;
    }
    return NULL;
}

static bool enter(uintptr_t address, struct mutray__creation_record *creation)
{
    struct slot *slot = find(address);
    if (slot == NULL)
        slot = claim(address);
    if (slot == NULL)
        return false;
    atomic_store_explicit(&slot->creation, creation, memory_order_release);
    atomic_fetch_add_explicit(&entered, 1, memory_order_relaxed);
    return true;
}

static struct mutray__creation_record *creation_of(struct mutray__site *site)
{
    struct mutray__site_record *record = mutray__site_record(site);
    if (record == NULL)
        return NULL;
    struct mutray__creation_record *creation = atomic_load_explicit(&record->creation, memory_order_acquire);
    if (creation == NULL) {
        struct mutray__key *key = site->lock != NULL ? record->key : NULL;
        creation = mutray__creation_record(key, record->place.file, record->place.line, record->key->variable);
        atomic_store_explicit(&record->creation, creation, memory_order_release);
    } else {
        mutray__exclude(creation, record->place.file); /* which may be so since another start */
    }
    return creation;
}

static void enter_or_lose(uintptr_t address, struct mutray__creation_record *creation)
{
    if (creation == NULL || !enter(address, creation))
        mutray__lose_global(MUTRAY__LOST_creations_dropped);
}

/* A creation that joining the units cannot know makes its key's locks known by address only. */
static void note_unforeseen(struct mutray__creation_record *creation)
{
    if (creation == NULL || creation->key == NULL || atomic_load(&creation->key->by_address))
        return;
    atomic_store(&creation->key->by_address, true);
    mutray__key_unsettle(creation->key);
}

void mutray__address_created(struct mutray__site *site, const void *address, bool for_another)
{
    struct mutray__creation_record *creation = creation_of(site);
    if (creation != NULL && (site->what >= MUTRAY__HAND_OVER || for_another)) {
        note_unforeseen(creation);
    } else if (creation != NULL && creation->key != NULL && mutray__key_sole(creation->key) == creation) {
        atomic_store_explicit(&creation->key->former, creation, memory_order_release);
        if (!atomic_load_explicit(&mutray__bare_pointers, memory_order_relaxed))
            return;
    }
    enter_or_lose((uintptr_t)address, creation);
}

void mutray__address_received(struct mutray__site *site, const void *address, bool just_now)
{
    struct slot *slot = find((uintptr_t)address);
    if (slot != NULL && atomic_load_explicit(&slot->creation, memory_order_relaxed) != NULL && !just_now)
        return;
    struct mutray__creation_record *creation = creation_of(site);
    note_unforeseen(creation);
    enter_or_lose((uintptr_t)address, creation);
}

void mutray__address_destroyed(const void *address)
{
    if (slots == NULL || atomic_load_explicit(&entered, memory_order_relaxed) == 0)
        return;
    struct slot *slot = find((uintptr_t)address);
    if (slot == NULL)
        return;
    atomic_store_explicit(&slot->creation, NULL, memory_order_relaxed);
    atomic_store_explicit(&slot->address, ENDED, memory_order_release);
}

/* --- static objects --- */

static void change_begin(void)
{
    atomic_fetch_add_explicit(&range_sequence, 1, memory_order_relaxed);
#ifndef __SANITIZE_THREAD__ /* GCC's knows no fences. This one is for the stores of qsort(), which are plain. */
    atomic_thread_fence(memory_order_seq_cst);
#endif
}

static void change_end(void)
{
    atomic_fetch_add_explicit(&range_sequence, 1, memory_order_release);
}

static int compare_ranges(const void *left, const void *right)
{
    uintptr_t a = atomic_load_explicit(&((const struct range *)left)->start, memory_order_relaxed);
    uintptr_t b = atomic_load_explicit(&((const struct range *)right)->start, memory_order_relaxed);
    return (a > b) - (a < b);
}

static void set_range(struct range *range, uintptr_t start, uintptr_t end, uintptr_t stride,
                      struct mutray__creation_record *creation)
{
    atomic_store_explicit(&range->start, start, memory_order_release);
    atomic_store_explicit(&range->end, end, memory_order_release);
    atomic_store_explicit(&range->stride, stride, memory_order_release);
    atomic_store_explicit(&range->creation, creation, memory_order_release);
}

void mutray__ranges_add(const struct mutray__unit *unit)
{
    size_t count = atomic_load_explicit(&range_count, memory_order_relaxed), before = count;
    change_begin();
    for (unsigned i = 0; i < unit->creation_count; i++) {
        const struct mutray__creation *made = &unit->creations[i];
        struct mutray__key *key = made->lock != NULL ? made->lock->joined : NULL;
        if (made->address == NULL || key == NULL)
            continue;
        struct mutray__creation_record *record =
            mutray__creation_record(key, made->file, made->line, key->variable);
        if (count == range_limit || record == NULL) {
            mutray__lose_global(MUTRAY__LOST_creations_dropped);
            continue;
        }
        uintptr_t start = (uintptr_t)made->address;
        set_range(&ranges[count++], start, start + made->size, made->stride, record);
    }
    if (count != before)
        qsort(ranges, count, sizeof *ranges, compare_ranges);
    atomic_store_explicit(&range_count, count, memory_order_release);
    change_end();
}

static bool belongs_to(const struct range *range, const struct mutray__unit *unit)
{
    uintptr_t start = atomic_load_explicit(&range->start, memory_order_relaxed);
    for (unsigned i = 0; i < unit->creation_count; i++)
        if ((uintptr_t)unit->creations[i].address == start)
            return true;
    return false;
}

void mutray__ranges_remove(const struct mutray__unit *unit)
{
    size_t count = atomic_load_explicit(&range_count, memory_order_relaxed), kept = 0;
    if (count == 0 || unit->creation_count == 0)
        return;
    change_begin();
    for (size_t i = 0; i < count; i++) {
        struct range *range = &ranges[i];
        if (!belongs_to(range, unit))
            set_range(&ranges[kept++], atomic_load(&range->start), atomic_load(&range->end),
                      atomic_load(&range->stride), atomic_load(&range->creation));
    }
    atomic_store_explicit(&range_count, kept, memory_order_release);
    change_end();
}

void mutray__ranges_clear(void)
{
    change_begin();
    atomic_store_explicit(&range_count, 0, memory_order_release);
    change_end();
}

void mutray__ranges_after_fork(void)
{
    /* Half a change leaves ranges in a wrong order at worst; a lock is then not found. */
    if (atomic_load(&range_sequence) % 2 != 0)
        change_end();
}

/* Whether a lock of the range is there: in an array of structures the rest of each element is not the range's. */
static bool contains(const struct range *range, uintptr_t address)
{
    uintptr_t start = atomic_load_explicit(&range->start, memory_order_acquire);
    uintptr_t end = atomic_load_explicit(&range->end, memory_order_acquire);
    uintptr_t stride = atomic_load_explicit(&range->stride, memory_order_acquire);
    if (address < start || address >= end)
        return false;
    return stride == 0 || (address - start) % stride <= (end - start - 1) % stride;
}

/* Unions may have several locks in one place; without a key to choose by, several are as good as none. */
static struct mutray__creation_record *find_range(uintptr_t address, const struct mutray__key *key)
{
    size_t low = 0, high = atomic_load_explicit(&range_count, memory_order_acquire);
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (atomic_load_explicit(&ranges[middle].start, memory_order_acquire) <= address)
            low = middle + 1;
        else
            high = middle;
    }
    struct mutray__creation_record *only = NULL;
    unsigned found = 0;
    for (size_t i = 0; i < NESTED && i < low; i++) {
        const struct range *range = &ranges[low - 1 - i];
        if (!contains(range, address))
            continue;
        struct mutray__creation_record *creation = atomic_load_explicit(&range->creation, memory_order_acquire);
        if (creation->key == key)
            return creation;
        only = creation;
        found++;
    }
    return found == 1 ? only : NULL;
}

struct mutray__creation_record *mutray__creation_at(const void *address, const struct mutray__key *key)
{
    if (slots == NULL)
        return NULL;
    struct slot *slot = find((uintptr_t)address);
    struct mutray__creation_record *creation =
        slot != NULL ? atomic_load_explicit(&slot->creation, memory_order_acquire) : NULL;
    if (creation != NULL)
        return creation;
    for (int i = 0; i < TRIES; i++) {
        unsigned sequence = atomic_load_explicit(&range_sequence, memory_order_acquire);
        if (sequence % 2 != 0)
            continue;
        creation = find_range((uintptr_t)address, key);
        if (atomic_load_explicit(&range_sequence, memory_order_relaxed) == sequence)
            return creation;
    }
    return NULL;
}

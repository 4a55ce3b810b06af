/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A timeline shows single events, and a span (a request, say) has a few that belong to nobody else: neither can be added
 * up by place. Such events are kept one by one in blocks that hang from the thread's table and are taken by drains with
 * it. What they may use is bounded, for all threads together, by an eighth of the memory budget: 57,000 events of a
 * period for each 32 MiB. What finds no room is added up like any other event, without its time and span, and counted:
 * totals stay what they are.
 *
 * Blocks are small, so that many threads that do little share the bound as well as one that does much.
 */
#include "apart.h"

#include "memory.h"

#define BLOCK_EVENTS ((MUTRAY__APART_BLOCK - sizeof(struct mutray__apart)) / sizeof(struct mutray__apart_event))
#define SHARE 8

static _Atomic uint32_t blocks;
static uint32_t most_blocks;

void mutray__apart_open(size_t memory_bytes)
{
    size_t most = memory_bytes / SHARE / 4096;
    most_blocks = most < UINT32_MAX ? (uint32_t)most : UINT32_MAX;
}

static struct mutray__apart *new_block(struct mutray__apart *next)
{
    if (atomic_fetch_add_explicit(&blocks, 1, memory_order_relaxed) < most_blocks) {
        struct mutray__apart *block = mutray__pool_get(MUTRAY__APART_BLOCK);
        if (block != NULL) {
            block->next = next;
            return block;
        }
    }
    atomic_fetch_sub_explicit(&blocks, 1, memory_order_relaxed);
    return NULL;
}

/* An earlier event of the same span that this one can be added to. Spans come one after another: the newest block does. */
static struct mutray__apart_event *find_alike(struct mutray__apart *block, const struct mutray__apart_event *event)
{
    for (uint32_t i = block->used; i-- > 0;) {
        struct mutray__apart_event *other = &block->events[i];
        if (other->span.id != event->span.id || other->span.root != event->span.root)
            return NULL;
        if (other->key.lock == event->key.lock && other->key.stack == event->key.stack &&
            other->key.event == event->key.event)
            return other;
    }
    return NULL;
}

bool mutray__apart_keep(struct mutray__table *table, const struct mutray__apart_event *event)
{
    struct mutray__apart *block = table->apart;
    struct mutray__apart_event *alike = event->end == 0 && block != NULL ? find_alike(block, event) : NULL;
    if (alike != NULL) {
        alike->count += event->count;
        alike->time += event->time;
        return true;
    }
    if (block == NULL || block->used == BLOCK_EVENTS) {
        block = new_block(block);
        if (block == NULL)
            return false;
        table->apart = block;
    }
    block->events[block->used++] = *event;
    return true;
}

struct mutray__apart *mutray__apart_in_order(struct mutray__apart *block)
{
    struct mutray__apart *oldest = NULL;
    for (struct mutray__apart *next; block != NULL; block = next) {
        next = block->next;
        block->next = oldest;
        oldest = block;
    }
    return oldest;
}

void mutray__apart_free(struct mutray__apart *block)
{
    for (struct mutray__apart *next; block != NULL; block = next) {
        next = block->next;
        mutray__pool_put(block);
        atomic_fetch_sub_explicit(&blocks, 1, memory_order_relaxed);
    }
}

void mutray__apart_after_fork(void)
{
    atomic_store(&blocks, 0);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who works in the shop: clerks serve customers and write orders, packers take the goods from the shelves, a decorator
 * rearranges the catalogue. A clerk's customers come at a fixed rate: how many there are depends on the opening hours
 * alone, and how long they wait on the locks.
 */
#include "staff.h"

#include <time.h>

#include "catalogue.h"
#include "inventory.h"
#include "ledger.h"
#include "quotes.h"
#include "work.h"

enum { CUSTOMERS_PER_SECOND = 250, REFRESHES_PER_SECOND = 20 };

static struct {
    unsigned long lines;
    pthread_mutex_t pen;
} diary = {0, PTHREAD_MUTEX_INITIALIZER}; /* !CREATE! pen */

static void write_diary(void)
{
    pthread_mutex_lock(&diary.pen);
    diary.lines++;
    pthread_mutex_unlock(&diary.pen);
}

unsigned long diary_lines(void)
{
    pthread_mutex_lock(&diary.pen);
    unsigned long lines = diary.lines;
    pthread_mutex_unlock(&diary.pen);
    return lines;
}

/* Sleeps until the n-th of `rate` equal parts of a second after `begin`. */
static void wait_for_turn(const struct timespec *begin, unsigned long n, unsigned rate)
{
    unsigned long long ns = (unsigned long long)begin->tv_nsec + n * 1000000000ull / rate;
    struct timespec when = {.tv_sec = begin->tv_sec + (time_t)(ns / 1000000000), .tv_nsec = (long)(ns % 1000000000)};
    clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &when, NULL);
}

/* What the customer says: mostly the first items of the catalogue, and now and then a whole set. */
static void choose_goods(struct session *session, uint64_t *chance)
{
    if (dice(chance, 8) == 0)
        session_add_set(session, dice(chance, ITEMS), 3);
    else
        session_add(session, dice(chance, dice(chance, ITEMS) + 1), 1 + dice(chance, 3));
}

static struct order write_order(const struct session *session)
{
    struct order order = {.number = order_number(), .line_count = session->line_count};
    for (unsigned i = 0; i < session->line_count; i++) {
        order.lines[i] = session->basket[i];
        order.cents += order.lines[i].count * quote(order.lines[i].item, session->customer % CUSTOMER_CLASSES);
    }
    return order;
}

static void count_customer(pthread_mutex_t *till, unsigned long *served)
{
    pthread_mutex_lock(till);
    ++*served;
    pthread_mutex_unlock(till);
}

void *clerk_work(void *argument)
{
    struct clerk *clerk = argument;
    struct shop *shop = clerk->shop;
    uint64_t chance = clerk->number + 1;
    struct session session;
    session_open(&session);

    struct timespec begin;
    clock_gettime(CLOCK_MONOTONIC, &begin);
    for (unsigned n = 0; n < shop->seconds * CUSTOMERS_PER_SECOND; n++) {
        wait_for_turn(&begin, n, CUSTOMERS_PER_SECOND);
        session_begin(&session, dice(&chance, 100000));
        choose_goods(&session, &chance);
        struct order order = write_order(&session);
        queue_put(shop->queue, &order);
        count_customer(shop->till, &shop->served);
    }
    write_diary();
    session_close(&session);
    return NULL;
}

void *packer_work(void *argument)
{
    struct shop *shop = argument;
    struct order order;
    while (queue_get(shop->queue, &order)) {
        unsigned pieces = 0;
        for (unsigned i = 0; i < order.line_count; i++) {
            inventory_take(order.lines[i].item, order.lines[i].count);
            catalogue_note_sale(order.lines[i].item, order.lines[i].count);
            pieces += order.lines[i].count;
        }
        ledger_post(pieces, order.cents);
    }
    write_diary();
    return NULL;
}

void *decorator_work(void *argument)
{
    const struct shop *shop = argument;
    struct timespec begin;
    clock_gettime(CLOCK_MONOTONIC, &begin);
    for (unsigned n = 0; n < shop->seconds * REFRESHES_PER_SECOND; n++) {
        wait_for_turn(&begin, n, REFRESHES_PER_SECOND);
        catalogue_refresh();
        write_diary();
    }
    return NULL;
}

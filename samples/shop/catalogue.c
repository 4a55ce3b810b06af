/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The catalogue: read on every order, rewritten a few times a second, hence a read-write lock. Sales are counted under
 * a spin lock, as nothing is done there but an addition.
 */
#include "catalogue.h"

#include <pthread.h>

#include "work.h"

static const struct {
    const char *title;
    unsigned cents;
} items[ITEMS] = {
    {"teapot", 2490}, {"cup", 690},    {"saucer", 450}, {"strainer", 520}, {"kettle", 3990}, {"caddy", 1250},
    {"infuser", 790}, {"whisk", 1490}, {"tray", 1890},  {"cosy", 1590},    {"spoon", 350},   {"scale", 2790},
};

static pthread_rwlock_t catalogue_lock = PTHREAD_RWLOCK_INITIALIZER; /* !CREATE! catalogue_lock shared */
static unsigned ranking[ITEMS] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11};

static pthread_spinlock_t sold_lock;
static unsigned long sold[ITEMS];

void catalogue_open(void)
{
    pthread_spin_init(&sold_lock, PTHREAD_PROCESS_PRIVATE); /* !CREATE! sold_lock */
}

unsigned catalogue_price(unsigned item)
{
    pthread_rwlock_rdlock(&catalogue_lock);
    unsigned cents = items[item].cents;
    pthread_rwlock_unlock(&catalogue_lock);
    return cents;
}

void catalogue_note_sale(unsigned item, unsigned count)
{
    pthread_spin_lock(&sold_lock);
    sold[item] += count;
    pthread_spin_unlock(&sold_lock);
}

void catalogue_refresh(void)
{
    unsigned long now[ITEMS];
    pthread_spin_lock(&sold_lock);
    for (unsigned i = 0; i < ITEMS; i++)
        now[i] = sold[i];
    pthread_spin_unlock(&sold_lock);

    pthread_rwlock_wrlock(&catalogue_lock);
    for (unsigned i = 1; i < ITEMS; i++)
        for (unsigned j = i; j > 0; j--) {
            unsigned above = ranking[j - 1], below = ranking[j];
            if (now[above] > now[below] || (now[above] == now[below] && above < below)) break;
            ranking[j - 1] = below;
            ranking[j] = above;
        }
    wait_for_device(1500); /* the new page goes to the web server */
    pthread_rwlock_unlock(&catalogue_lock);
}

unsigned catalogue_best_seller(void)
{
    pthread_rwlock_rdlock(&catalogue_lock);
    unsigned item = ranking[0];
    pthread_rwlock_unlock(&catalogue_lock);
    return item;
}

const char *catalogue_title(unsigned item)
{
    return items[item].title;
}

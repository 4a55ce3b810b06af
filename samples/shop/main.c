/* SPDX-License-Identifier: Apache-2.0 */
/*
 * shop [SECONDS] [CLERKS]: a small shop open for some seconds, with one thread for each clerk and packer.
 *
 * It does what services do: reads shared tables, caches, numbers things, hands work over through a queue, keeps books.
 * What it sells, and prints, depends on its arguments alone; how long its threads wait for each other does not.
 */
#include <stdio.h>
#include <stdlib.h>

#include "catalogue.h"
#include "inventory.h"
#include "ledger.h"
#include "quotes.h"
#include "staff.h"

#define MOST_CLERKS 64

static void print_summary(const struct shop *shop)
{
    catalogue_refresh();
    pthread_mutex_lock(&ledger_lock);
    printf("shop: %lu customers served by %u clerks in %u s\n", shop->served, shop->clerks, shop->seconds);
    printf("      %lu orders, %lu pieces, revenue %lu.%02lu\n", ledger.entries, ledger.pieces, ledger.cents / 100,
           ledger.cents % 100);
    pthread_mutex_unlock(&ledger_lock);
    printf("      %lu prices computed, %lu deliveries, %lu lines in the diary, best seller: %s\n", quotes_computed(),
           inventory_deliveries(), diary_lines(), catalogue_title(catalogue_best_seller()));
}

static int start(pthread_t *ret_thread, void *(*work)(void *), void *argument)
{
    int error = pthread_create(ret_thread, NULL, work, argument);
    if (error != 0) fprintf(stderr, "shop: cannot start a thread (error %d)\n", error);
    return error;
}

/* Opens the doors, and closes them when the clerks have served their customers. Every thread is waited for. */
static int run(struct shop *shop)
{
    struct clerk clerks[MOST_CLERKS];
    pthread_t clerk_threads[MOST_CLERKS], packer_threads[MOST_CLERKS], decorator;
    unsigned clerk_count = 0, packer_count = 0;

    int error = start(&decorator, decorator_work, shop);
    int decorated = error == 0;
    while (error == 0 && packer_count < (shop->clerks + 1) / 2) {
        error = start(&packer_threads[packer_count], packer_work, shop);
        packer_count += error == 0;
    }
    while (error == 0 && clerk_count < shop->clerks) {
        clerks[clerk_count] = (struct clerk){shop, clerk_count};
        error = start(&clerk_threads[clerk_count], clerk_work, &clerks[clerk_count]);
        clerk_count += error == 0;
    }

    for (unsigned i = 0; i < clerk_count; i++)
        pthread_join(clerk_threads[i], NULL);
    queue_shut(shop->queue);
    for (unsigned i = 0; i < packer_count; i++)
        pthread_join(packer_threads[i], NULL);
    if (decorated) pthread_join(decorator, NULL);
    return error;
}

/* The number in argument `n`, or `otherwise` if there is none; 0 if it is not one from 1 to `most`. */
static unsigned number_argument(int argc, char **argv, int n, unsigned otherwise, unsigned most)
{
    if (n >= argc) return otherwise;
    char *end;
    unsigned long value = strtoul(argv[n], &end, 10);
    return end != argv[n] && *end == '\0' && value <= most ? (unsigned)value : 0;
}

int main(int argc, char **argv)
{
    unsigned seconds = number_argument(argc, argv, 1, 3, 3600);
    unsigned clerks = number_argument(argc, argv, 2, 4, MOST_CLERKS);
    if (argc > 3 || seconds == 0 || clerks == 0) {
        fprintf(stderr, "usage: shop [SECONDS (1 to 3600)] [CLERKS (1 to %d)]\n", MOST_CLERKS);
        return 2;
    }

    pthread_mutex_t till;
    pthread_mutex_init(&till, NULL); /* !CREATE! till */
    struct order_queue queue;
    queue_open(&queue);
    catalogue_open();
    quotes_open();
    if (inventory_open() != 0) {
        fprintf(stderr, "shop: no memory\n");
        return 1;
    }
    struct shop shop = {.seconds = seconds, .clerks = clerks, .queue = &queue, .till = &till};
    int error = run(&shop);
    if (error == 0) print_summary(&shop);

    inventory_close();
    queue_close(&queue);
    pthread_mutex_destroy(&till);
    return error == 0 ? 0 : 1;
}

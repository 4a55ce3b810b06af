/* SPDX-License-Identifier: Apache-2.0 */
/* A module that is loaded and unloaded while recording: a lock, one use of it, and a hold that outlives the module. */
#include "instrumented.h"

void module_use(pthread_mutex_t *elsewhere);
void module_hand_over(pthread_mutex_t *lock);

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static struct mutray__lock locks[] = {{"mutex", "mutex", "s mutex module.c:9", NULL}};
static struct mutray__creation creations[] = {
    {.lock = locks, .file = "module.c", .line = 9, .address = &mutex, .size = sizeof mutex, .flags = 1}};
static struct mutray__site at[] = {SITE(pthread_mutex_lock, locks, "mutex", 1),
                                   SITE(pthread_mutex_unlock, locks, "mutex", 2),
                                   SITE(pthread_mutex_lock, NULL, "elsewhere", 3),
                                   {.lock = locks, .variable = "mutex", .file = "dir/test.c", .function = "f",
                                    .line = 4, .what = MUTRAY__HAND_OVER}};
static struct mutray__unit unit = {.abi = MUTRAY__ABI, .site_count = 4, .lock_count = 1, .creation_count = 1,
                                   .sites = at, .locks = locks, .creations = creations, .ops = &module_ops};

__attribute__((constructor)) static void attach(void)
{
    mutray__attach(&unit);
}

__attribute__((destructor)) static void detach(void)
{
    mutray__detach(&unit);
}

__attribute__((visibility("default"))) void module_use(pthread_mutex_t *elsewhere)
{
    at_pthread_mutex_lock(&mutex, &at[0]);
    at_pthread_mutex_unlock(&mutex, &at[1]);
    at_pthread_mutex_lock(elsewhere, &at[2]);
}

/* As if a function of another module were called with the lock. */
__attribute__((visibility("default"))) void module_hand_over(pthread_mutex_t *lock)
{
    mutray__hand_over(lock, &at[3]);
}

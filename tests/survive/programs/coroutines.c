/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Coroutines on small stacks of their own that hold locks across switches; and a handler on an alternate stack of the
 * least size, interrupting them.
 */
#include "survive.h"

#include <sys/mman.h>
#include <ucontext.h>

#define COROUTINES 64
#define ROUNDS 200
#define STACK 16384

static pthread_mutex_t held_across[COROUTINES], handler_lock = PTHREAD_MUTEX_INITIALIZER;
static ucontext_t scheduler, coroutines[COROUTINES];
static unsigned long used;

static void run(int number)
{
    for (int i = 0; i < ROUNDS; i++) {
        CHECK(pthread_mutex_lock(&held_across[number]) == 0);
        used++;
        swapcontext(&coroutines[number], &scheduler);
        CHECK(pthread_mutex_unlock(&held_across[number]) == 0);
    }
}

static void on_signal(int signal)
{
    (void)signal;
    CHECK(pthread_mutex_lock(&handler_lock) == 0);
    CHECK(pthread_mutex_unlock(&handler_lock) == 0);
}

/* A stack that ends in a page nobody may touch. */
static char *make_stack(void)
{
    char *memory = mmap(NULL, STACK + 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(memory != MAP_FAILED);
    CHECK(mprotect(memory, 4096, PROT_NONE) == 0);
    return memory + 4096;
}

int main(void)
{
    stack_t alternate = {.ss_sp = make_stack() + STACK - SIGSTKSZ, .ss_size = (size_t)SIGSTKSZ};
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_ONSTACK};
    CHECK(sigaltstack(&alternate, NULL) == 0);
    CHECK(sigaction(SIGUSR1, &action, NULL) == 0);
    for (int i = 0; i < COROUTINES; i++) {
        CHECK(pthread_mutex_init(&held_across[i], NULL) == 0);
        getcontext(&coroutines[i]);
        coroutines[i].uc_stack.ss_sp = make_stack();
        coroutines[i].uc_stack.ss_size = STACK;
        coroutines[i].uc_link = &scheduler;
        makecontext(&coroutines[i], (void (*)(void))run, 1, i);
    }
    for (int round = 0; round <= ROUNDS; round++)
        for (int i = 0; i < COROUTINES; i++)
            swapcontext(&scheduler, &coroutines[i]);
    for (int i = 0; i < 100; i++)
        raise(SIGUSR1);
    CHECK(used == COROUTINES * ROUNDS);
    SAY_ACQUIRES(held_across, used);
    SAY_ACQUIRES(handler_lock, 100);
    return 0;
}

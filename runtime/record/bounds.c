/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where does a thread's stack lie? The question must be answered inside a lock call, where pthread_getattr_np is not
 * allowed (glibc's locks and allocates).
 *  - The main thread's stack ends above the random bytes that the kernel puts there (AT_RANDOM), and nothing else is
 *    mapped within its limit, or 128 MB, below.
 *  - glibc's descriptor of any other thread holds the address and size of its stack. At which offset is found out once,
 *    in a thread that may ask pthread_getattr_np (the exporter's own): the place that holds just these two values.
 *    Every use checks that the values make sense for the thread. Until then, and if nothing was found: the call alone.
 *  - musl's pthread_getattr_np only reads the descriptor, except in the main thread.
 */
#include "stack.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/auxv.h>
#include <sys/resource.h>

#define LARGEST_MAIN ((uintptr_t)128 << 20)
#define DESCRIPTOR_SIZE 4096

static struct mutray__stack_bounds main_bounds;
static pthread_t main_thread;

void mutray__stack_open(void)
{
    struct rlimit limit = {.rlim_cur = LARGEST_MAIN};
    int saved_errno = errno;
    getrlimit(RLIMIT_STACK, &limit);
    errno = saved_errno;
    uintptr_t size = limit.rlim_cur < LARGEST_MAIN ? (uintptr_t)limit.rlim_cur : LARGEST_MAIN;
    uintptr_t here = (uintptr_t)__builtin_frame_address(0);
    main_bounds.high = getauxval(AT_RANDOM);
    main_bounds.low = main_bounds.high - size;
    if (here >= main_bounds.low && here < main_bounds.high)
        main_thread = pthread_self();
}

static bool own_stack(struct mutray__stack_bounds *ret_bounds);

#ifdef __GLIBC__
static atomic_size_t descriptor_offset; /* of the stack's address, the size follows; 0: not known */

void mutray__stack_calibrate(void)
{
    pthread_attr_t attributes;
    void *address;
    size_t size;
    if (atomic_load(&descriptor_offset) != 0 || pthread_getattr_np(pthread_self(), &attributes) != 0)
        return;
    if (pthread_attr_getstack(&attributes, &address, &size) == 0) {
        uintptr_t self = (uintptr_t)pthread_self(), low = (uintptr_t)address, high = low + size;
        const uintptr_t *words = (const uintptr_t *)self;
        size_t end = high > self && high - self < DESCRIPTOR_SIZE ? high - self : 0;
        for (size_t i = 1; (i + 2) * sizeof *words <= end; i++)
            /* A guard below the stack counts as part of it here, but not there. */
            if (words[i] != 0 && words[i] <= low && words[i] + words[i + 1] == high) {
                atomic_store(&descriptor_offset, i * sizeof *words);
                break;
            }
    }
    pthread_attr_destroy(&attributes);
}

size_t mutray__stack_descriptor(void)
{
    return atomic_load(&descriptor_offset);
}

void mutray__stack_use_descriptor(size_t offset)
{
    if (offset % sizeof(uintptr_t) == 0 && offset < DESCRIPTOR_SIZE - 2 * sizeof(uintptr_t))
        atomic_store(&descriptor_offset, offset);
}

__attribute__((no_sanitize("address"))) static bool own_stack(struct mutray__stack_bounds *ret_bounds)
{
    size_t offset = atomic_load_explicit(&descriptor_offset, memory_order_relaxed);
    uintptr_t self = (uintptr_t)pthread_self();
    if (offset == 0)
        return false;
    uintptr_t low = ((const uintptr_t *)(self + offset))[0], size = ((const uintptr_t *)(self + offset))[1];
    if (low == 0 || low >= self || size < self - low || size - (self - low) > DESCRIPTOR_SIZE + size / 2)
        return false;
    *ret_bounds = (struct mutray__stack_bounds){low, self};
    return true;
}
#else
void mutray__stack_calibrate(void)
{
}

size_t mutray__stack_descriptor(void)
{
    return 0;
}

void mutray__stack_use_descriptor(size_t offset)
{
    (void)offset;
}

static bool own_stack(struct mutray__stack_bounds *ret_bounds)
{
    pthread_attr_t attributes;
    void *address;
    size_t size;
    if (pthread_getattr_np(pthread_self(), &attributes) != 0 ||
        pthread_attr_getstack(&attributes, &address, &size) != 0)
        return false;
    *ret_bounds = (struct mutray__stack_bounds){(uintptr_t)address, (uintptr_t)address + size};
    return true;
}
#endif

struct mutray__stack_bounds mutray__stack_bounds(void)
{
    struct mutray__stack_bounds bounds = {0, 0};
    uintptr_t here = (uintptr_t)__builtin_frame_address(0);
    if (pthread_equal(pthread_self(), main_thread) || (here >= main_bounds.low && here < main_bounds.high))
        return main_bounds;
    own_stack(&bounds);
    return bounds;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Rows 16 and 26: what single events are labelled with, spans and times. */
#include "kind.h"
#include "rows.h"

#include <inttypes.h>
#include <mutray/mutray.h>
#include <time.h>

/* A label's number has a sign, an id has none: the same 64 bits. The acquire before the span and the release after it
 * have no span. */
void row_16_span_labels(void)
{
    lock_type traced_lock;

    lock_init(&traced_lock);    /* !CREATE! 16.span_labels.traced_lock */
    lock_acquire(&traced_lock); /* !ACQUIRE! 16.span_labels.traced_lock */
    mutray_set_span(UINT64_MAX - 1, 42);
    lock_release(&traced_lock); /* !RELEASE! 16.span_labels.traced_lock !SPAN! 16.span_labels -2 42 */
    lock_acquire(&traced_lock); /* !ACQUIRE! 16.span_labels.traced_lock !SPAN! 16.span_labels -2 42 */
    lock_release(&traced_lock); /* !RELEASE! 16.span_labels.traced_lock !SPAN! 16.span_labels -2 42 */
    mutray_set_span(43, 42);    /* a span inside */
    lock_acquire(&traced_lock); /* !ACQUIRE! 16.span_labels.traced_lock !SPAN! 16.span_labels 43 42 */
    mutray_set_span(0, 0);
    lock_release(&traced_lock); /* !RELEASE! 16.span_labels.traced_lock */
    lock_destroy(&traced_lock);
}

static uint64_t now(void)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

/* check.py holds each sample's time against what is printed here. */
/* !ENV! 26.timestamps DD_PROFILING_TIMELINE_ENABLED=true */
void row_26_timestamps(void)
{
    lock_type timed_lock;

    lock_init(&timed_lock); /* !CREATE! 26.timestamps.timed_lock */
    for (int i = 0; i < 3; i++) {
        uint64_t before = now(), between;

        lock_acquire(&timed_lock); /* !ACQUIRE! 26.timestamps.timed_lock 3 */
        between = now();
        thrd_sleep(&(struct timespec){.tv_nsec = 2000000}, NULL);
        lock_release(&timed_lock); /* !RELEASE! 26.timestamps.timed_lock 3 */
        printf("moments %" PRIu64 " %" PRIu64 " %" PRIu64 "\n", before, between, now());
    }
    lock_destroy(&timed_lock);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Rows 19, 21 and 22: locks behind other people's functions, and locks that nobody wants to see. */
#include "kind.h"
#include "others.h"
#include "plain.h"
#include "rows.h"

/* plain.c is not instrumented: its lock must not appear, only the one around it does. */
void row_19_composite(void)
{
    lock_type outer_lock;

    lock_init(&outer_lock);    /* !CREATE! 19.composite.outer_lock */
    lock_acquire(&outer_lock); /* !ACQUIRE! 19.composite.outer_lock */
    plain_semaphore_post();
    plain_semaphore_wait();
    lock_release(&outer_lock); /* !RELEASE! 19.composite.outer_lock */
    lock_destroy(&outer_lock);
}

struct request {
    int number;
    lock_type request_lock;
};

/* Names and places are those of the wrappers' callers, and the locks made through one wrapper are told apart. */
void row_21_project_wrapper(void)
{
    lock_type foo_lock;
    struct request *request = calloc(1, sizeof(*request));

    my_lock_make(&foo_lock);               /* !CREATE! 21.project_wrapper.foo_lock */
    my_lock_make(&request->request_lock);  /* !CREATE! 21.project_wrapper.request_lock */
    my_lock_take(&foo_lock);               /* !ACQUIRE! 21.project_wrapper.foo_lock */
    my_lock_take(&request->request_lock);  /* !ACQUIRE! 21.project_wrapper.request_lock */
    my_lock_leave(&request->request_lock); /* !RELEASE! 21.project_wrapper.request_lock */
    my_lock_leave(&foo_lock);              /* !RELEASE! 21.project_wrapper.foo_lock */
    my_lock_end(&request->request_lock);
    my_lock_end(&foo_lock);
    free(request);
}

void row_22_excluded_file(void)
{
    lock_type foo_lock;

    lock_init(&foo_lock);    /* !CREATE! 22.excluded_file.foo_lock */
    lock_acquire(&foo_lock); /* !ACQUIRE! 22.excluded_file.foo_lock */
    work_in_an_excluded_file();
    lock_release(&foo_lock); /* !RELEASE! 22.excluded_file.foo_lock */
    lock_destroy(&foo_lock);
}

void row_22_excluded_function(void)
{
    lock_type foo_lock;

    lock_init(&foo_lock);
    lock_acquire(&foo_lock);
    lock_release(&foo_lock);
    lock_destroy(&foo_lock);
}

void row_22_excluded_lock(void)
{
    lock_type wanted_lock, unwanted_lock;

    lock_init(&wanted_lock); /* !CREATE! 22.excluded_lock.wanted_lock */
    lock_init(&unwanted_lock);
    lock_acquire(&wanted_lock); /* !ACQUIRE! 22.excluded_lock.wanted_lock */
    lock_acquire(&unwanted_lock);
    lock_release(&unwanted_lock);
    lock_release(&wanted_lock); /* !RELEASE! 22.excluded_lock.wanted_lock */
    lock_destroy(&unwanted_lock);
    lock_destroy(&wanted_lock);
}

void row_22_ignored_call(void)
{
    lock_type foo_lock;

    lock_init(&foo_lock);    /* !CREATE! 22.ignored_call.foo_lock */
    lock_acquire(&foo_lock); /* mutray:ignore */
    lock_release(&foo_lock); /* mutray:ignore */
    lock_acquire(&foo_lock); /* !ACQUIRE! 22.ignored_call.foo_lock */
    lock_release(&foo_lock); /* !RELEASE! 22.ignored_call.foo_lock */
    lock_destroy(&foo_lock);
}

/* !ENV! 22.excluded_at_run_time DD_PROFILING_LOCK_EXCLUDE_MODULES=threading,left_out */
void row_22_excluded_at_run_time(void)
{
    lock_type foo_lock;

    lock_init(&foo_lock); /* !CREATE! 22.excluded_at_run_time.foo_lock */
    work_in_a_file_left_out(&foo_lock); /* !ACQUIRE! 22.excluded_at_run_time.foo_lock !RELEASE! 22.excluded_at_run_time.foo_lock */
    lock_destroy(&foo_lock);
}

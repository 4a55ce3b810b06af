/* SPDX-License-Identifier: Apache-2.0 */
/* Rows 1 to 11: what a lock is called. */
#include "kind.h"
#include "rows.h"

#include <sys/mman.h>

void row_1_local_lock(void)
{
    lock_type foo_lock;

    lock_init(&foo_lock);    /* !CREATE! 1.local_lock.foo_lock */
    lock_acquire(&foo_lock); /* !ACQUIRE! 1.local_lock.foo_lock */
    lock_release(&foo_lock); /* !RELEASE! 1.local_lock.foo_lock */
    lock_destroy(&foo_lock);
}

/* A block that holds a lock, as a macro: both calls are on the macro's line. */
#define WITH_LOCK(lock) for (int once = lock_acquire(lock); once == 0; once = 1 + lock_release(lock))

void row_2_macro_guard(void)
{
    lock_type guarded;
    int worked = 0;

    lock_init(&guarded); /* !CREATE! 2.macro_guard.guarded */
    WITH_LOCK(&guarded)  /* !ACQUIRE! 2.macro_guard.guarded !RELEASE! 2.macro_guard.guarded */
    {
        worked++;
    }
    must(worked == 1);
    lock_destroy(&guarded);
}

static void leave(lock_type **held)
{
    lock_release(*held); /* !RELEASE! 2.cleanup_guard.guarded */
}

void row_2_cleanup_guard(void)
{
    lock_type guarded;

    lock_init(&guarded); /* !CREATE! 2.cleanup_guard.guarded */
    {
        __attribute__((cleanup(leave))) lock_type *held = &guarded;

        lock_acquire(held); /* !ACQUIRE! 2.cleanup_guard.guarded */
    }
    lock_destroy(&guarded);
}

struct foo {
    int number;
    lock_type foo_lock;
};

static void foo_create(struct foo *foo)
{
    lock_init(&foo->foo_lock); /* !CREATE! 3.created_in_a_helper.foo_lock */
}

void row_3_created_in_a_helper(void)
{
    struct foo foo;

    foo_create(&foo);
    lock_acquire(&foo.foo_lock); /* !ACQUIRE! 3.created_in_a_helper.foo_lock */
    lock_release(&foo.foo_lock); /* !RELEASE! 3.created_in_a_helper.foo_lock */
    lock_destroy(&foo.foo_lock);
}

static void foo_work(struct foo *foo)
{
    lock_acquire(&foo->foo_lock); /* !ACQUIRE! 4.struct_member.foo_lock */
    foo->number++;
    lock_release(&foo->foo_lock); /* !RELEASE! 4.struct_member.foo_lock */
}

void row_4_struct_member(void)
{
    struct foo *foo = calloc(1, sizeof(*foo));

    lock_init(&foo->foo_lock); /* !CREATE! 4.struct_member.foo_lock */
    foo_work(foo);
    lock_destroy(&foo->foo_lock);
    free(foo);
}

/* !ENV! 4.members_unnamed DD_PROFILING_LOCK_NAME_INSPECT_DIR=false */
void row_4_members_unnamed(void)
{
    struct foo *foo = calloc(1, sizeof(*foo));

    lock_init(&foo->foo_lock);    /* !CREATE! 4.members_unnamed.none */
    lock_acquire(&foo->foo_lock); /* !ACQUIRE! 4.members_unnamed.none */
    lock_release(&foo->foo_lock); /* !RELEASE! 4.members_unnamed.none */
    lock_destroy(&foo->foo_lock); /* !VARIABLE! 4.members_unnamed.none = */
    free(foo);
}

struct bar {
    struct foo foo;
};

static void inner_work(struct foo *foo)
{
    lock_acquire(&foo->foo_lock); /* !ACQUIRE! 5.member_of_an_inner_object.foo_lock */
    foo->number++;
    lock_release(&foo->foo_lock); /* !RELEASE! 5.member_of_an_inner_object.foo_lock */
}

void row_5_member_of_an_inner_object(void)
{
    struct bar bar;

    bar.foo.number = 0;
    lock_init(&bar.foo.foo_lock); /* !CREATE! 5.member_of_an_inner_object.foo_lock */
    inner_work(&bar.foo);
    lock_destroy(&bar.foo.foo_lock);
}

/* dd-trace-py finds no name here; mutray gives the last member's. */
void row_6_two_levels_deep(void)
{
    struct bar *bar = calloc(1, sizeof(*bar));

    lock_init(&bar->foo.foo_lock);    /* !CREATE! 6.two_levels_deep.foo_lock */
    lock_acquire(&bar->foo.foo_lock); /* !ACQUIRE! 6.two_levels_deep.foo_lock */
    lock_release(&bar->foo.foo_lock); /* !RELEASE! 6.two_levels_deep.foo_lock */
    lock_destroy(&bar->foo.foo_lock);
    free(bar);
}

void row_7_anonymous_struct_member(void)
{
    struct slots {
        unsigned bits : 3;
        struct {
            lock_type slot_lock;
        };
    } slots = {.bits = 1};

    lock_init(&slots.slot_lock);    /* !CREATE! 7.anonymous_struct_member.slot_lock */
    lock_acquire(&slots.slot_lock); /* !ACQUIRE! 7.anonymous_struct_member.slot_lock */
    lock_release(&slots.slot_lock); /* !RELEASE! 7.anonymous_struct_member.slot_lock */
    lock_destroy(&slots.slot_lock);
}

/* Finding the name must not touch the program's memory: at the flush this lock's page is gone. */
void row_8_memory_gone_before_the_flush(void)
{
    struct foo *foo = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    must(foo != MAP_FAILED);
    lock_init(&foo->foo_lock);    /* !CREATE! 8.memory_gone_before_the_flush.foo_lock */
    lock_acquire(&foo->foo_lock); /* !ACQUIRE! 8.memory_gone_before_the_flush.foo_lock */
    lock_release(&foo->foo_lock); /* !RELEASE! 8.memory_gone_before_the_flush.foo_lock */
    lock_destroy(&foo->foo_lock);
    must(munmap(foo, 4096) == 0);
}

static lock_type _file_private_lock LOCK_INITIALISED; /* !CREATE-STATIC! 9.private_names._file_private_lock */

struct opaque {
    lock_type _internal_lock;
    lock_type __hidden_lock;
};

/* Private names are spelled as they are. Those with two underscores have no variable, as dd-trace-py skips them. */
void row_9_private_names(void)
{
    struct opaque opaque;

    lock_init_if_needed(&_file_private_lock); /* !CREATE-INIT! 9.private_names._file_private_lock */
    lock_acquire(&_file_private_lock);        /* !ACQUIRE! 9.private_names._file_private_lock */
    lock_release(&_file_private_lock);        /* !RELEASE! 9.private_names._file_private_lock */

    lock_init(&opaque._internal_lock);    /* !CREATE! 9.private_names._internal_lock */
    lock_acquire(&opaque._internal_lock); /* !ACQUIRE! 9.private_names._internal_lock */
    lock_release(&opaque._internal_lock); /* !RELEASE! 9.private_names._internal_lock */
    lock_destroy(&opaque._internal_lock);

    lock_init(&opaque.__hidden_lock);    /* !CREATE! 9.private_names.__hidden_lock */
    lock_acquire(&opaque.__hidden_lock); /* !ACQUIRE! 9.private_names.__hidden_lock */
    lock_release(&opaque.__hidden_lock); /* !RELEASE! 9.private_names.__hidden_lock */
    lock_destroy(&opaque.__hidden_lock); /* !VARIABLE! 9.private_names.__hidden_lock = */
}

static lock_type *the_lock(void)
{
    static struct {
        lock_type somewhere[1];
    } room;

    return room.somewhere;
}

void row_10_anonymous_lock(void)
{
    lock_init(the_lock());    /* !CREATE! 10.anonymous_lock.none */
    lock_acquire(the_lock()); /* !ACQUIRE! 10.anonymous_lock.none */
    lock_release(the_lock()); /* !RELEASE! 10.anonymous_lock.none */
    lock_destroy(the_lock()); /* !VARIABLE! 10.anonymous_lock.none = */
}

lock_type global_lock LOCK_INITIALISED; /* !CREATE-STATIC! 11.global_locks.global_lock */

static struct {
    int number;
    lock_type member_lock;
} global_object;

void row_11_global_locks(void)
{
    lock_init_if_needed(&global_lock); /* !CREATE-INIT! 11.global_locks.global_lock */
    lock_acquire(&global_lock);        /* !ACQUIRE! 11.global_locks.global_lock */
    lock_release(&global_lock);        /* !RELEASE! 11.global_locks.global_lock */

    lock_init(&global_object.member_lock);    /* !CREATE! 11.global_locks.member_lock */
    lock_acquire(&global_object.member_lock); /* !ACQUIRE! 11.global_locks.member_lock */
    lock_release(&global_object.member_lock); /* !RELEASE! 11.global_locks.member_lock */
    lock_destroy(&global_object.member_lock);
}

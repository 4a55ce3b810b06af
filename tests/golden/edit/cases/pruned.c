/* Bodies that name no lock function and matter all the same: what libclang is not shown must lose nothing. */
#include <pthread.h>
#include <stdio.h>

typedef struct { pthread_mutex_t m; } guard;
typedef int (*guard_call)(guard *);
struct calls { guard_call enter; int (*leave)(guard *); };
struct account { int balance; guard guard; };

static int guard_enter(guard *g)
{
    return pthread_mutex_lock(&g->m);
}

static int guard_leave(guard *g)
{
    return pthread_mutex_unlock(&g->m);
}

#define BOTH(call, g) call##_enter(g); call##_leave(g)
#define ENTER(a) LATER(&(a)->guard)
#define LATER guard_enter
#define IF_OPEN(a) if ((a)->balance >= 0) {
#define END_IF }

static const struct calls calls = {guard_enter, guard_leave};
static struct account account = {1, {PTHREAD_MUTEX_INITIALIZER}};
static struct account other = {2, {PTHREAD_MUTEX_INITIALIZER}};

/* A hand-over through a member whose type is a typedef, and one through a plain pointer. */
static void by_pointer(struct account *a)
{
    calls.enter(&a->guard);
    a->balance++;
    calls.leave(&a->guard);
}

static void by_macro(struct account *a)
{
    ENTER(a);
    a->balance++;
    calls.leave(&a->guard);
}

static void by_pasted_name(struct account *a)
{
    BOTH(guard, &a->guard);
}

/* A brace in a macro: what follows is still a function of its own. */
static int unbalanced(struct account *a)
{
    IF_OPEN(a)
        return a->balance;
    END_IF
    return 0;
}

/* Only this names `other`, whose address the lock is found by. */
static struct account *second(void)
{
    return &other;
}

static int old_style(a)
    struct account *a;
{
    return a->balance;
}

static struct account made(int balance)
{
    struct account result = {balance, {PTHREAD_MUTEX_INITIALIZER}};
    return result;
}

int main(void)
{
    struct account third = made(3);
    by_pointer(&account);
    by_macro(second());
    by_pasted_name(&account);
    by_pointer(&third);
    printf("%d %d %d\n", unbalanced(&account), old_style(&other), third.balance);
    return 0;
}

/* Calls inside GNU expressions, in operands that are never evaluated, and in the argument of another call. */
/* flags: -Wno-pedantic */
/* also: -std=gnu89 -Wno-pedantic -Wno-long-long */
#include <pthread.h>
#include <stdio.h>

struct pair {
    int a, b;
};

static pthread_mutex_t locks[2] = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_MUTEX_INITIALIZER};

static int sum(struct pair pair)
{
    return pair.a + pair.b;
}

static int statement_expression(void)
{
    int result = ({
        int error = pthread_mutex_lock(&locks[0]);
        error + 1;
    });
    return result + ({ pthread_mutex_unlock(&locks[0]); });
}

static int compound_literal(void)
{
    return sum((struct pair){pthread_mutex_lock(&locks[0]), 3}) + sum((struct pair){.a = 1, .b = pthread_mutex_unlock(&locks[0])});
}

/* The inner call chooses the lock of the outer one. */
static int nested(void)
{
    pthread_mutex_lock(&locks[pthread_mutex_lock(&locks[0])+ 1]);
    pthread_mutex_unlock(&locks[1]);
    return pthread_mutex_unlock(&locks[pthread_mutex_unlock(&locks[0])]);
}

/* None of these is called. */
static int unevaluated(void)
{
    __typeof__(pthread_mutex_lock(&locks[0])) zero = 0;
    int size = (int)sizeof(pthread_mutex_lock(&locks[0])), constant = __builtin_constant_p(pthread_mutex_lock(&locks[1]));
    int chosen = __builtin_choose_expr(1, 5, pthread_mutex_lock(&locks[0]));
    return zero + size + constant + chosen + (int)__alignof__(pthread_mutex_lock(&locks[0]));
}

static int chosen(void)
{
    return __builtin_choose_expr(0, 5, pthread_mutex_lock(&locks[0])) + pthread_mutex_unlock(&locks[0]);
}

int main(void)
{
    printf("%d %d", statement_expression(), compound_literal());
    printf(" %d %d %d\n", nested(), unevaluated(), chosen());
    return 0;
}

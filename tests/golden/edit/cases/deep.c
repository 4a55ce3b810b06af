/* More shapes of control flow: a call at the end of a macro's unbraced body, do-while, duff, nested ternaries, labels. */
#include <pthread.h>
#include <stdio.h>

#define IF_LOCKED(m) if (pthread_mutex_trylock(m) == 0)
#define FOR_LOCKED(m) for (int done_ = pthread_mutex_lock(m); done_ == 0; done_ = 1 + pthread_mutex_unlock(m))
#define UNLESS(e) if (!(e))

static pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER, b = PTHREAD_MUTEX_INITIALIZER;

static int choose(int i)
{
    return i == 0 ? pthread_mutex_lock(&a) : i == 1 ? pthread_mutex_unlock(&a)
                : i == 2 ? (pthread_mutex_lock(&b), pthread_mutex_unlock(&b)) : -1;
}

static int duff(int n)
{
    int rounds = 0;
    switch (n % 2) {
    case 0:
        do {
            rounds += 1 + pthread_mutex_lock(&a);
    /* fall through */
    case 1:
            rounds += pthread_mutex_trylock(&b) == 0;
            pthread_mutex_unlock(&b);
            if (n % 2 == 0) pthread_mutex_unlock(&a);
        } while (0);
    }
    return rounds;
}

int main(void)
{
    int sum = 0;
    for (int i = 0; i < 4; i++) sum += choose(i);
    IF_LOCKED(&a) sum += pthread_mutex_unlock(&a); else sum += 100;
    IF_LOCKED(&b)
        UNLESS(pthread_mutex_unlock(&b)) sum++;
    FOR_LOCKED(&a) {
        FOR_LOCKED(&b) sum++;
        if (sum > 1000) break;
    }
    printf("%d %d %d\n", sum, duff(0), duff(1));
    return 0;
}

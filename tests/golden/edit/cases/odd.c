/* Odd but legal: calls made by macros that paste and quote, digraphs, empty arrays, iterated headers, unions in unions. */
/* flags: -Wno-pedantic -Wno-declaration-after-statement */
/* expect: either */
/* only: gcc */
#include <pthread.h>
#include <stdio.h>

#define QUOTE(x) #x
#define GLUE(a, b) a##b
#define GLUE2(a, b) GLUE(a, b)
#define DO(what, m) ({ int GLUE2(e_, __LINE__) = what(m); names = QUOTE(what); GLUE2(e_, __LINE__); })
#define TWICE(call) (call + (call))
#define EACH(X) X(first) X(second) X(third)
#define DECLARE(n) static pthread_mutex_t GLUE(lock_, n) = PTHREAD_MUTEX_INITIALIZER;
#define ENTER(n) e += pthread_mutex_lock(&GLUE(lock_, n)); e += pthread_mutex_unlock(&lock_##n);
#define EMPTY
#define PASS(...) __VA_ARGS__
#define SECOND(a, b, ...) b
#define LOCKER(t) _Generic((t), pthread_mutex_t *: pthread_mutex_lock, pthread_spinlock_t *: pthread_spin_lock)(t)

struct room <%
    int people<:2:>;
    pthread_mutex_t none[0];
    union {
        struct {
            union {
                pthread_mutex_t deep;
                char bytes[sizeof(pthread_mutex_t)];
            };
        };
        long other;
    };
    pthread_mutex_t tail[];
%>;

EACH(DECLARE)
static struct room room = {.deep = PTHREAD_MUTEX_INITIALIZER, .tail = {[0 ... 1] = PTHREAD_MUTEX_INITIALIZER}};
static const char *names = "";

static int through(void)
{
    int e = 0;
    EACH(ENTER)
    e += DO(pthread_mutex_lock, &room.deep);
    printf("%s ", names);
    e += DO(pthread_mutex_unlock, &room.deep);
    e += TWICE(pthread_mutex_trylock EMPTY (&room.tail[1]));
    e += PASS(PASS(SECOND)(1, pthread_mutex_unlock, 2))(PASS(&room.tail)[1]);
    e += LOCKER(&lock_first) + (SECOND(0, (pthread_mutex_unlock))(&lock_first));
    return e;
}

static int loops(void)
{
    int n = 0;
    for (int e = pthread_mutex_lock(&room.tail[0]); e == 0; e = 1)
        while (n++ < 3) if (n == 2) continue; else switch (n) case 3: pthread_mutex_unlock(&room.tail[0]);
    return n + sizeof room.none;
}

int main(void)
{
    printf("%d ", through());
    printf("%d %s\n", loops(), QUOTE(pthread_mutex_lock(&lock_first)));
    return 0;
}

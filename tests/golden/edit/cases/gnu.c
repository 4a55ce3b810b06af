/* GNU C: asm goto, computed goto, case ranges, labels as values, __auto_type, varargs inlined, vectors, attributes. */
/* flags: -Wno-pedantic -O2 -D_FORTIFY_SOURCE=2 -D_GNU_SOURCE */
/* only: gcc */
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#ifdef __x86_64__
#include <immintrin.h>
#endif

typedef int four __attribute__((vector_size(16)));

static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;

static inline __attribute__((always_inline, gnu_inline)) int print(const char *format, ...)
{
    pthread_mutex_lock(&gate);
    int n = printf(format, __builtin_va_arg_pack());
    pthread_mutex_unlock(&gate);
    return n + __builtin_va_arg_pack_len();
}

static int asm_goto(void)
{
    pthread_mutex_lock(&gate);
    __asm__ goto("" : : : : out);
    pthread_mutex_unlock(&gate);
    return 1;
out:
    pthread_mutex_unlock(&gate);
    return 1;
}

static int computed(int step)
{
    __label__ enter, leave, done;
    static void *const steps[] = {&&enter, &&leave, &&done};
    goto *steps[step];
enter:
    pthread_mutex_lock(&gate);
    goto *steps[++step];
leave:
    pthread_mutex_unlock(&gate);
    goto *steps[++step];
done:
    return step;
}

static int ranges(int n)
{
    switch (n) {
    case 1 ... 5: {
        __auto_type error = pthread_mutex_lock(&gate);
        return error + pthread_mutex_unlock(&gate);
    }
    }
    return -1;
}

static void release(pthread_mutex_t **mutex)
{
    pthread_mutex_unlock(*mutex);
}

static int cleanup(void)
{
    pthread_mutex_t *held __attribute__((cleanup(release))) = &gate;
    return pthread_mutex_lock(held);
}

static int cleanup_push(void)
{
    pthread_mutex_lock(&gate);
    pthread_cleanup_push((void (*)(void *))pthread_mutex_unlock, &gate);
    pthread_cleanup_pop(1);
    return 0;
}

static __attribute__((noipa, optimize("O1"), hot, flatten, access(read_only, 1))) int vectors(const int *p)
{
    four v = {p[0], p[1], p[2], p[3]}, w = __builtin_shuffle(v, (four){3, 2, 1, 0});
    pthread_mutex_lock(&gate);
    struct {
    } empty;
    int e = ((int (*)(pthread_mutex_t *))pthread_mutex_unlock)(&gate) + (int)sizeof empty;
    return e + (w[0] ?: 7);
}

int main(void)
{
    char text[8];
    int numbers[] = {1, 2, 3, 4};
    strcpy(text, "gnu");
    print("%s %d %d %d", text, asm_goto(), computed(0), ranges(3));
    printf(" %d %d %d\n", cleanup(), cleanup_push(), vectors(numbers));
    return 0;
}

/* C23: attributes, digit separators, constexpr, nullptr, typeof, bool, labels before declarations, empty initialisers. */
/* flags: -std=gnu2x -Wno-pedantic -Wno-c++-compat */
/* only: gcc */
#include <pthread.h>
#include <stdio.h>

[[maybe_unused]] static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
enum { LIMIT = 1'000'000 };

struct point {
    int x;
    [[deprecated]] int y;
    pthread_mutex_t lock;
};
static struct point point = {};

[[nodiscard]] static int enter([[maybe_unused]] struct point *)
{
    return pthread_mutex_lock(&point.lock);
}

static int leave(struct point *p)
{
    typeof(p) same = p;
    return pthread_mutex_unlock(&same->lock);
}

int main(void)
{
    int e = enter(&point) + 0b1 + '\'' / 1'0; pthread_mutex_lock(&gate);
    switch (e) {
    case 4:
        e++;
        [[fallthrough]];
    default:
        _Static_assert(LIMIT == 1000000);
    }
    e += pthread_mutex_unlock(&gate) + leave(&point);
    printf("%d\n", e);
    goto end;
end:
}

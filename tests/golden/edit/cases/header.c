/* Macros and inline functions of the project's own header; the first site of the unit is in the header. */
#include "wrap.h"

struct cache {
    int size;
    struct wrap lock;
};

static struct cache cache;

int main(void)
{
    int error = wrap_init(&cache.lock);
    WRAP_LOCK(&cache.lock);
    WRAP_UNLOCK(&cache.lock);
    wrap_lock(&cache.lock);
    wrap_unlock(&cache.lock);
    return error;
}

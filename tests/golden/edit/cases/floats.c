/* Types and constants that clang does not know: _FloatN, decimals, __int128, complex; a lock call beside each. */
/* flags: -Wno-pedantic */
/* only: gcc */
#include <math.h>
#include <pthread.h>
#include <stdio.h>

static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
static _Complex _Float128 z;

static int decimals(_Decimal64 price)
{
    _Decimal64 sum = price + (pthread_mutex_lock(&gate) == 0 ? 1.25dd : 0.5dd);
    pthread_mutex_unlock(&gate);
    return sum == 3.25DD;
}

static int floats(_Float64x x)
{
    _Float128 y = 1.5f128 * (pthread_mutex_lock(&gate) == 0);
    __float128 q = 2.5q + (__float128)x;
    pthread_mutex_unlock(&gate);
    return y == 1.5f128 && q == 3.5q && __builtin_isinf(__builtin_inff32()) && z == 0;
}

int main(void)
{
    unsigned __int128 wide = (unsigned __int128)1 << 100;
    _Complex double i = 2.0i + pthread_mutex_lock(&gate);
    pthread_mutex_unlock(&gate);
    printf("%d %d %d %d\n", decimals(2.dd), floats(1.0f64x), (int)(wide >> 100), (int)__imag__ i);
    return 0;
}

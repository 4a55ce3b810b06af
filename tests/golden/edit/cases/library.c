/* A library that mutray ships a description of, built itself: its functions are wrappers like others, nothing is skipped. */
/* with: parts/library_other.c */
#include <pthread.h>
#include <stdio.h>

typedef pthread_mutex_t uv_mutex_t;

extern int uv_mutex_init(uv_mutex_t *mutex);
extern void uv_mutex_lock(uv_mutex_t *mutex);
extern void uv_mutex_unlock(uv_mutex_t *mutex);
extern void uv_mutex_destroy(uv_mutex_t *mutex);

#define WHERE() printf("%s %s\n", __func__, __FUNCTION__)

void uv_mutex_destroy(uv_mutex_t *mutex)
{
    WHERE();
    pthread_mutex_destroy(mutex);
}

/* The others are declared here only; another unit has them. */
int main(void)
{
    uv_mutex_t requests;
    int failed = uv_mutex_init(&requests);
    uv_mutex_lock(&requests);
    printf("%d\n", failed);
    uv_mutex_unlock(&requests);
    uv_mutex_destroy(&requests);
    return 0;
}

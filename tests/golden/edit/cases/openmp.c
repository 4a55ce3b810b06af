/* OpenMP: the body of a parallel region. */
/* flags: -fopenmp */
/* only: gcc */
/* expect: expanded */
#include <pthread.h>
#include <stdio.h>

static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;

int main(void)
{
    int sum = 0;
#pragma omp parallel for num_threads(2)
    for (int i = 0; i < 8; i++) {
        pthread_mutex_lock(&gate);
        sum += i;
        pthread_mutex_unlock(&gate);
    }
    printf("%d\n", sum);
    return 0;
}

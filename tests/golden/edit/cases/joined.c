/* A backslash and a newline inside the identifier: no token of the text spells it, so the text is expanded. */
/* expect: expanded */
#include <pthread.h>

static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;

int main(void)
{
    pthread_mu\
tex_lock(&gate);
    return pthread_mutex_\
unlock(&ga\
te);
}

#define JOIN_(a, b) a##_##b
#define JOIN(a, b) JOIN_(a, b)

static pthread_mutex_t JOIN(gate, NAME) = PTHREAD_MUTEX_INITIALIZER;

static int JOIN(use, NAME)(void)
{
    pthread_mutex_lock(&JOIN(gate, NAME));
    return pthread_mutex_unlock(&JOIN(gate, NAME));
}

#undef JOIN_
#undef JOIN

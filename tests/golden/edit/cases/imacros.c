/* Macros and headers from the command line. */
/* flags: -imacros parts/locking.h -include pthread.h -DGATE=gate -DENTER=pthread_mutex_lock(&GATE) */
static pthread_mutex_t GATE = PTHREAD_MUTEX_INITIALIZER;

int main(void)
{
    ENTER;
    return LEAVE(&GATE);
}

/* What configure scripts write: a declaration that is none of the C library's. It is left alone. */
/* flags: -Wno-builtin-declaration-mismatch -Wno-old-style-definition */
/* expect: plain nothing */
char pthread_mutex_lock();
int main(void)
{
    return pthread_mutex_lock == 0;
}

/* pthread_mutex_lock only in words: "it's" a comment. */
int plain(int value)
{
    return value * 2;
}

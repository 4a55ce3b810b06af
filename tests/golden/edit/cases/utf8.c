/* UTF-8 in comments, strings and identifiers: «ça marche», and what follows is found where it stands. */
/* also: -Wno-pedantic -Wno-date-time */
#include <pthread.h>
#include <stdio.h>

static pthread_mutex_t größe = PTHREAD_MUTEX_INITIALIZER;

struct 車 {
    pthread_mutex_t 鍵;
};
static struct 車 車庫[2] = {{PTHREAD_MUTEX_INITIALIZER}, {PTHREAD_MUTEX_INITIALIZER}};

int main(void)
{
    /* ☂ */ pthread_mutex_lock(&größe); printf("%s\n", "naïve ☂"); pthread_mutex_unlock(&größe);
    pthread_mutex_lock(&車庫[1].鍵);
    return pthread_mutex_unlock(&車庫[1].鍵);
}

#include "stock.h"

#ifdef COUNTED
static struct stock shelf = {.mutex = PTHREAD_MUTEX_INITIALIZER, .count_mutex = PTHREAD_MUTEX_INITIALIZER};
static pthread_mutex_t note = PTHREAD_MUTEX_INITIALIZER;
#else
static struct stock shelf = {.mutex = PTHREAD_MUTEX_INITIALIZER};
#endif
static int fills;

void STOCK(fill)(void)
{
    ENTER(&shelf);
    shelf.pieces += 1;
    LEAVE(&shelf);
#ifdef COUNTED
    pthread_mutex_lock(&shelf.count_mutex);
    shelf.count++;
    pthread_mutex_unlock(&shelf.count_mutex);
    pthread_mutex_lock(&note); fills++; pthread_mutex_unlock(&note);
#else
    WITH(&shelf, fills++);
#endif
#ifdef NEVER /* seen in no configuration */
    ENTER(&shelf);
    pthread_mutex_lock(&shelf.mutex);
#endif
}

long STOCK(total)(void)
{
    long pieces;
    WITH(&shelf, pieces = shelf.pieces);
    return pieces + (fills > 0 ? 0 : 1000000);
}

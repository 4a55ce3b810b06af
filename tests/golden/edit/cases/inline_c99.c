/* Inline functions of external linkage, of C99 and of GNU: those of C99 may not name anything static. */
/* flags: -std=c99 -D_XOPEN_SOURCE=700 */
/* also: -std=gnu17 -O2 */
/* also: -std=c99 -D_XOPEN_SOURCE=700 -pedantic-errors -O0 */
#include <pthread.h>
#include <stdio.h>

struct box {
    int content;
    pthread_mutex_t lock;
};

#define PUT(b, c) (pthread_mutex_lock(&(b)->lock), (b)->content = (c), pthread_mutex_unlock(&(b)->lock))

static struct box box = {0, PTHREAD_MUTEX_INITIALIZER};

inline int box_take(struct box *b);
inline int box_take(struct box *b)
{
    int content;
    pthread_mutex_lock(&b->lock);
    content = b->content;
    pthread_mutex_unlock(&b->lock);
    return content;
}
extern int box_take(struct box *b);

static inline int box_put(struct box *b, int content)
{
    return PUT(b, content);
}

extern inline int box_swap(struct box *b, int content);
extern inline int box_swap(struct box *b, int content)
{
    int old = box_take(b);
    return PUT(b, content) + old;
}

int main(void)
{
    int e = box_put(&box, 4);
    printf("%d %d %d\n", e, box_swap(&box, 5), box_take(&box));
    return 0;
}

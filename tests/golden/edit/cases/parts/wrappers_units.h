#include <pthread.h>

struct door {
    pthread_mutex_t m;
};

int door_make(struct door *door);
struct door *door_new(void);
void door_end(struct door *door);
int door_enter(struct door *door);
int door_enter_twice(struct door *door, int depth);
void door_leave(struct door *door);
int door_with(struct door *door, int (*then)(struct door *, int));

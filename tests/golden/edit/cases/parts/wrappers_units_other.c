#include "wrappers_units.h"

#include <stdlib.h>

int door_make(struct door *door)
{
    return pthread_mutex_init(&door->m, NULL);
}

struct door *door_new(void)
{
    struct door *door = malloc(sizeof *door);
    if (door != NULL) door_make(door);
    return door;
}

void door_end(struct door *door)
{
    pthread_mutex_destroy(&door->m);
    free(door);
}

int door_enter(struct door *door)
{
    return pthread_mutex_lock(&door->m);
}

int door_enter_twice(struct door *door, int depth)
{
    return depth == 0 ? door_enter(door) : door_enter_twice(door, depth - 1);
}

void door_leave(struct door *door)
{
    pthread_mutex_unlock(&door->m);
}

int door_with(struct door *door, int (*then)(struct door *, int))
{
    int result = door_enter(door);
    result += then(door, 3);
    door_leave(door);
    return result;
}

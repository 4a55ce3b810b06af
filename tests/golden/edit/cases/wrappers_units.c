/* Wrappers in another unit: makers, enterers and leavers of two levels, one that calls back, one that returns a lock. */
/* with: parts/wrappers_units_other.c */
#include "parts/wrappers_units.h"

#include <stdio.h>

struct shop {
    int open;
    struct door door;
    struct door *back;
};

static struct shop shop;

static int count(struct door *door, int by)
{
    static int sum;
    return sum += by + (door == &shop.door);
}

int main(void)
{
    int e = door_make(&shop.door);
    shop.back = door_new();
    if (shop.back == NULL) return 1;
    door_enter(&shop.door);
    door_leave(&shop.door);
    door_enter_twice(&shop.door, 2);
    door_leave(&shop.door);
    e += door_with(&shop.door, count) + door_with(shop.back, count);
    int (*enter)(struct door *) = door_enter;
    e += enter(shop.back);
    door_leave(shop.back);
    printf("%d\n", e);
    door_end(shop.back);
    return 0;
}

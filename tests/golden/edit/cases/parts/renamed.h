#define included_lock \
    my_lock

#include <stdio.h>

int lock_and_count(int by);

int main(void)
{
    printf("%s:%d %d\n", __FILE__, __LINE__, lock_and_count(2));
    return 0;
}

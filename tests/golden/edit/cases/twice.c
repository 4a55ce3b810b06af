/* One file included several times with other macros, and a header through #include_next's cousin, a macro's name. */
#include <pthread.h>
#include <stdio.h>

#define TEMPLATE "parts/template.h"
#define NAME red
#include TEMPLATE
#undef NAME
#define NAME blue
#include TEMPLATE
#undef NAME

int main(void)
{
    printf("%d %d\n", use_red(), use_blue());
    return 0;
}

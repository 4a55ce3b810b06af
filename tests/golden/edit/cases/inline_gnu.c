/* GNU's meaning of inline: `extern inline` and the attribute gnu_inline, with a body elsewhere. */
/* flags: -std=gnu89 -Wno-long-long -O2 */
/* with: parts/inline_gnu_other.c */
#include "parts/inline_gnu.h"

#include <stdio.h>

int main(void)
{
    printf("%d %d\n", cell_enter(&cell), cell_leave(&cell));
    return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* A program that brings the runtime with it and tells what was preloaded into it. */
#include <stdio.h>
#include <stdlib.h>

int main(void)
{
    const char *preload = getenv("LD_PRELOAD");
    printf("LD_PRELOAD=%s\n", preload != NULL ? preload : "none");
    return 0;
}

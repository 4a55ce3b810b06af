/* SPDX-License-Identifier: Apache-2.0 */
/* The public interface, linked by hand: profiling is off, and says so. */
#include <errno.h>
#include <mutray/mutray.h>
#include <stdio.h>

int main(void)
{
    puts(mutray_version());
    return mutray_flush() == -ENOTSUP ? 0 : 1;
}

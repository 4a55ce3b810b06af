/* Knows the macros, but no locks: it must compile in the mirror as well. */
#include "guarded.h"
int unlocked(void);
int unlocked(void)
{
    return 42;
}

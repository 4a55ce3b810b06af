/* Found first, goes on to the next of its name. */
#include_next <chain.h>
#define CHAIN_LOCK(c) chain_lock(c)

/* SPDX-License-Identifier: Apache-2.0 */
/* Memory that libcurl gives back holds nothing of what was in it; see wipe.c. */
#ifndef MUTRAY_WIPE_H
#define MUTRAY_WIPE_H

#include <curl/curl.h>

/* In place of curl_global_init(). Does nothing that it would not if the program has made libcurl ready already. */
CURLcode mutray__curl_init_wiping(long flags);

#endif

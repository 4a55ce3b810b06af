/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mutray-send: what of the tool speaks HTTP, so that no other part needs libcurl. For `mutray push` and `mutray
 * doctor`, which have checked the words:
 *
 *     mutray-send push TO URL FILE...    sends profiles; TO and URL may be ""
 *     mutray-send probe                  asks the receiver that the environment names whether it takes profiles
 */
#include "base/say.h"
#include "send.h"

#include <curl/curl.h>
#include <string.h>

int main(int argc, char **argv)
{
    if (argc > 4 && strcmp(argv[1], "push") == 0) {
        curl_global_init(CURL_GLOBAL_DEFAULT);
        return send_push(argv[2], argv[3], argc - 4, argv + 4);
    }
    if (argc == 2 && strcmp(argv[1], "probe") == 0) {
        curl_global_init(CURL_GLOBAL_DEFAULT);
        return send_probe();
    }
    mutray_die("mutray-send is a part of mutray; use `mutray push` or `mutray doctor`");
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The uploader alone, for soak_test.py: each line on standard input, a number of milliseconds, is one interval, in
 * which a profile is made and what is queued is sent within that time. Each is answered by a line: what send() said,
 * the bytes in use on the heap, and the number of open descriptors.
 */
#include <dirent.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <string.h>

#include "request.h"
#include "uploader.h"

#define PROFILE_SIZE 20000

static void say_nothing(const char *line)
{
    (void)line;
}

static void do_nothing(void)
{
}

static int count_descriptors(void)
{
    int count = 0;
    DIR *folder = opendir("/proc/self/fd");
    while (readdir(folder) != NULL)
        count++;
    closedir(folder);
    return count;
}

int main(void)
{
    const struct mutray__uploader_api *api = &mutray__uploader_api;
    struct mutray__options options;
    struct mutray__uploader *uploader;
    const struct mutray__host host = {say_nothing, do_nothing, socket};
    char line[32];
    if (mutray__options_read(NULL, &options) < 0 || api->open(&options, "soak", &host, &uploader) < 0)
        return 2;
    for (unsigned seq = 0; fgets(line, sizeof line, stdin) != NULL; seq++) {
        struct mutray__upload_profile profile = {
            .bytes = calloc(1, PROFILE_SIZE),
            .size = PROFILE_SIZE,
            .start_ns = seq * INT64_C(60000000000),
            .end_ns = (seq + 1) * INT64_C(60000000000),
            .seq = seq,
        };
        api->add(uploader, &profile);
        int result = api->send(uploader, mutray__monotonic_ns() + strtoull(line, NULL, 10) * 1000000, true);
        printf("%d %zu %d\n", result, mallinfo2().uordblks, count_descriptors());
        fflush(stdout);
    }
    return 0;
}

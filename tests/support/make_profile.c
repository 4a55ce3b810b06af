/* SPDX-License-Identifier: Apache-2.0 */
/* make-profile [--raw] TEXT OUT: the profile that a text describes (profile_text.h), as a file. */
#include "profile_text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int main(int argc, char **argv)
{
    int raw = argc == 4 && strcmp(argv[1], "--raw") == 0;
    if (argc != 3 + raw) {
        fprintf(stderr, "usage: make-profile [--raw] TEXT OUT\n");
        return 2;
    }
    char text[1 << 16];
    size_t size;
    FILE *in = fopen(argv[1 + raw], "r"), *out = fopen(argv[2 + raw], "wb");
    if (in == NULL || out == NULL) {
        perror("make-profile");
        return 2;
    }
    text[fread(text, 1, sizeof text - 1, in)] = '\0';
    fclose(in);
    uint8_t *bytes = mutray_test_profile(text, &size);
    if (!raw) {
        uint8_t *packed = mutray_test_gzip(bytes, size, &size);
        free(bytes);
        bytes = packed;
    }
    fwrite(bytes, 1, size, out);
    free(bytes);
    return fclose(out) == 0 ? 0 : 2;
}

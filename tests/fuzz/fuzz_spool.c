/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz-spool SPOOL ROUNDS: reads a real spool, and then ROUNDS variants of it, each with some of its words changed to what
 * pointers, references and counts are most dangerous as, or cut short. Nothing may crash, hang, leak or read outside.
 * Only words that hold something are changed: most of a spool is empty.
 */
#include "profile/spool.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint64_t state = 1;

static uint64_t draw(uint64_t below)
{
    state = state * UINT64_C(6364136223846793005) + 1442695040888963407;
    return (state >> 17) % below;
}

static uint8_t *read_file(const char *path, size_t *ret_size)
{
    FILE *in = fopen(path, "rb");
    uint8_t *bytes = mutray_realloc(NULL, 64 << 20, 1);
    if (in == NULL) mutray_die("%s: cannot be opened", path);
    *ret_size = fread(bytes, 1, 64 << 20, in);
    fclose(in);
    return bytes;
}

static size_t find_words(const uint64_t *words, size_t count, uint32_t *ret)
{
    size_t found = 0;
    for (size_t i = 0; i < count; i++)
        if (words[i] != 0) ret[found++] = (uint32_t)i;
    return found;
}

static uint64_t vary(uint64_t word, uint64_t other)
{
    switch (draw(8)) {
    case 0: return 0;
    case 1: return ~UINT64_C(0);
    case 2: return other;
    case 3: return word + 8;
    case 4: return word - draw(4096);
    case 5: return word ^ UINT64_C(1) << draw(64);
    case 6: return word | UINT64_C(0xffffffff) << draw(33);
    default: return word << draw(64);
    }
}

/* Of exact size, so that a sanitizer sees a read beyond the end. */
static int recover(const uint8_t *bytes, size_t size)
{
    struct mutray_error error;
    uint8_t *copy = mutray_realloc(NULL, size > 0 ? size : 1, 1), *packed = NULL;
    size_t packed_size;
    memcpy(copy, bytes, size);
    int result = mutray_is_spool(copy, size) ? mutray_spool_profile(copy, size, 0, &error, &packed, &packed_size) : -1;
    free(copy);
    free(packed);
    return result;
}

int main(int argc, char **argv)
{
    size_t size, read = 0;
    if (argc != 3) mutray_die("usage: fuzz-spool SPOOL ROUNDS");
    uint8_t *bytes = read_file(argv[1], &size), *changed = mutray_realloc(NULL, size, 1);
    uint32_t *words = mutray_calloc(size / 8, sizeof *words);
    size_t count = find_words((uint64_t *)bytes, size / 8, words);
    unsigned long rounds = strtoul(argv[2], NULL, 10);
    if (recover(bytes, size) < 0 || count == 0) mutray_die("%s is no spool", argv[1]);
    for (unsigned long round = 0; round < rounds; round++) {
        memcpy(changed, bytes, size);
        uint64_t *at = (uint64_t *)changed;
        for (uint64_t i = draw(20); i-- > 0;) {
            /* The first words, which say where everything is, as often as all others. */
            uint32_t word = words[draw(draw(4) == 0 && count > 16 ? 16 : count)];
            at[word] = vary(at[word], at[words[draw(count)]]);
        }
        read += recover(changed, draw(10) == 0 ? draw(size) : size) == 0;
    }
    printf("%lu variants, %zu read\n", rounds, read);
    free(words);
    free(changed);
    free(bytes);
    return 0;
}

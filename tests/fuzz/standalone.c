/* SPDX-License-Identifier: Apache-2.0 */
/*
 * standalone ROUNDS FOLDER...: runs a fuzz target over a kept corpus, and over ROUNDS variants of each file made by a
 * fixed rule, so that every compiler and every machine runs the same inputs. The fuzzer itself is libFuzzer
 * (-DMUTRAY_FUZZ=ON with clang); what it finds comes into the corpus.
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static uint64_t state = 1;

static size_t below(size_t limit)
{
    state = state * UINT64_C(6364136223846793005) + 1442695040888963407;
    return limit > 0 ? (size_t)(state >> 33) % limit : 0;
}

/* Of exact size, so that a sanitizer sees a read beyond the end. */
static void run(const uint8_t *bytes, size_t size)
{
    uint8_t *copy = malloc(size > 0 ? size : 1);
    if (copy == NULL) abort();
    memcpy(copy, bytes, size);
    LLVMFuzzerTestOneInput(copy, size);
    free(copy);
}

/* A few bytes changed, a piece cut out or doubled. */
static size_t vary(uint8_t *bytes, size_t size)
{
    static const uint8_t values[] = {0x00, 0x01, 0x08, 0x0a, 0x12, 0x7f, 0x80, 0xff};
    for (size_t i = below(4); i > 0 && size > 0; i--) bytes[below(size)] = values[below(sizeof values)];
    size_t at = below(size), length = below(size - at), kind = below(4);
    if (kind == 0) {
        memmove(bytes + at, bytes + at + length, size - at - length);
        size -= length;
    } else if (kind == 1) {
        memmove(bytes + at + length, bytes + at, size - at);
        size += length;
    }
    return size;
}

static void run_file(const char *path, size_t rounds)
{
    FILE *in = fopen(path, "rb");
    static uint8_t original[1 << 20], changed[2 << 20];
    if (in == NULL) return;
    size_t size = fread(original, 1, sizeof original, in);
    fclose(in);
    run(original, size);
    for (size_t i = 0; i < rounds; i++) {
        memcpy(changed, original, size);
        run(changed, vary(changed, size));
    }
}

static size_t run_folder(const char *path, size_t rounds)
{
    struct dirent **entries;
    size_t files = 0;
    int count = scandir(path, &entries, NULL, alphasort);
    for (int i = 0; i < count; i++) {
        char file[4096];
        snprintf(file, sizeof file, "%s/%s", path, entries[i]->d_name);
        if (entries[i]->d_name[0] != '.') {
            run_file(file, rounds);
            files++;
        }
        free(entries[i]);
    }
    if (count >= 0) free(entries);
    return files;
}

int main(int argc, char **argv)
{
    if (argc < 3) {
        fprintf(stderr, "usage: standalone ROUNDS FOLDER...\n");
        return 2;
    }
    for (int i = 2; i < argc; i++) {
        size_t files = run_folder(argv[i], strtoul(argv[1], NULL, 10));
        printf("%s: %zu files\n", argv[i], files);
        if (files == 0) return 1;
    }
    return 0;
}

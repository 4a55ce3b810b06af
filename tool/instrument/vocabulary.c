/* SPDX-License-Identifier: Apache-2.0 */
/* See vocabulary.h: open addressing, at most half full; the words stand in the order in which they were heard. */
#include "vocabulary.h"

#include <string.h>

static uint32_t hash(const char *bytes, size_t length)
{
    uint32_t value = 2166136261u;
    for (size_t i = 0; i < length; i++) value = (value ^ (unsigned char)bytes[i]) * 16777619u;
    return value ^ value >> 15;
}

/* Where the number of a word is, or would be. */
static uint32_t *find(const struct vocabulary *vocabulary, const char *bytes, size_t length, uint32_t hashed)
{
    for (size_t at = hashed & (vocabulary->room - 1);; at = (at + 1) & (vocabulary->room - 1)) {
        const struct vocabulary_word *word = &vocabulary->words[vocabulary->numbers[at]];
        if (vocabulary->numbers[at] == 0 ||
            (word->hash == hashed && word->length == length && memcmp(word->bytes, bytes, length) == 0))
            return &vocabulary->numbers[at];
    }
}

static void make_room(struct vocabulary *vocabulary, size_t room)
{
    struct vocabulary_word *words = arena_alloc(vocabulary->arena, (room / 2 + 1) * sizeof *words);
    if (vocabulary->count != 0) memcpy(words, vocabulary->words, (vocabulary->count + 1) * sizeof *words);
    vocabulary->words = words;
    vocabulary->numbers = arena_alloc(vocabulary->arena, room * sizeof *vocabulary->numbers);
    vocabulary->room = room;
    for (uint32_t number = 1; number <= vocabulary->count; number++)
        *find(vocabulary, words[number].bytes, words[number].length, words[number].hash) = number;
}

void vocabulary_begin(struct arena *arena, size_t room, struct vocabulary *ret_vocabulary)
{
    *ret_vocabulary = (struct vocabulary){.arena = arena};
    make_room(ret_vocabulary, room);
}

uint32_t vocabulary_number(struct vocabulary *vocabulary, const char *bytes, size_t length)
{
    uint32_t hashed = hash(bytes, length), *number = find(vocabulary, bytes, length, hashed);
    if (*number != 0) return *number;
    if (2 * (vocabulary->count + 1) > vocabulary->room) {
        make_room(vocabulary, 2 * vocabulary->room);
        number = find(vocabulary, bytes, length, hashed);
    }
    *number = (uint32_t)++vocabulary->count;
    vocabulary->words[*number] = (struct vocabulary_word){.bytes = bytes, .length = (uint32_t)length, .hash = hashed};
    return *number;
}

uint32_t vocabulary_find(const struct vocabulary *vocabulary, const char *bytes, size_t length)
{
    return *find(vocabulary, bytes, length, hash(bytes, length));
}

bool vocabulary_learn(struct vocabulary *vocabulary, const char *bytes, size_t length, unsigned meaning)
{
    struct vocabulary_word *word = &vocabulary->words[vocabulary_number(vocabulary, bytes, length)];
    bool known = (word->meaning & meaning) == meaning;
    word->meaning |= meaning;
    return !known;
}

unsigned vocabulary_meaning(const struct vocabulary *vocabulary, const char *bytes, size_t length)
{
    return vocabulary->words[vocabulary_find(vocabulary, bytes, length)].meaning;
}

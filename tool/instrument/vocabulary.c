/* SPDX-License-Identifier: Apache-2.0 */
/* See vocabulary.h: open addressing, at most half full. */
#include "vocabulary.h"

#include <string.h>

static struct vocabulary_word *find(struct vocabulary_word *words, size_t room, const char *bytes, size_t length)
{
    uint32_t hash = 2166136261u;
    for (size_t i = 0; i < length; i++) hash = (hash ^ (unsigned char)bytes[i]) * 16777619u;
    for (size_t at = hash & (room - 1);; at = (at + 1) & (room - 1)) {
        struct vocabulary_word *word = &words[at];
        if (word->bytes == NULL || (word->length == length && memcmp(word->bytes, bytes, length) == 0)) return word;
    }
}

void vocabulary_begin(struct arena *arena, size_t room, struct vocabulary *ret_vocabulary)
{
    *ret_vocabulary = (struct vocabulary){.arena = arena, .room = room};
    ret_vocabulary->words = arena_alloc(arena, room * sizeof(struct vocabulary_word));
}

static void widen(struct vocabulary *vocabulary)
{
    size_t room = 2 * vocabulary->room;
    struct vocabulary_word *words = arena_alloc(vocabulary->arena, room * sizeof *words);
    for (size_t i = 0; i < vocabulary->room; i++) {
        struct vocabulary_word word = vocabulary->words[i];
        if (word.bytes != NULL) *find(words, room, word.bytes, word.length) = word;
    }
    vocabulary->words = words;
    vocabulary->room = room;
}

bool vocabulary_learn(struct vocabulary *vocabulary, const char *bytes, size_t length, unsigned meaning)
{
    if (2 * vocabulary->count >= vocabulary->room) widen(vocabulary);
    struct vocabulary_word *word = find(vocabulary->words, vocabulary->room, bytes, length);
    if ((word->meaning & meaning) == meaning) return false;
    if (word->bytes == NULL) vocabulary->count++;
    *word = (struct vocabulary_word){bytes, (uint32_t)length, word->meaning | meaning};
    return true;
}

unsigned vocabulary_meaning(const struct vocabulary *vocabulary, const char *bytes, size_t length)
{
    return find(vocabulary->words, vocabulary->room, bytes, length)->meaning;
}

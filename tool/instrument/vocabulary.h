/* SPDX-License-Identifier: Apache-2.0 */
/* Words of a text and what they mean to who asks: a hash table of identifiers that stay where they are in the text. */
#ifndef MUTRAY_INSTRUMENT_VOCABULARY_H
#define MUTRAY_INSTRUMENT_VOCABULARY_H

#include "arena.h"

#include <stdbool.h>
#include <stdint.h>

enum meaning {
    MEANS_CODE = 1,   /* a function body with this word matters */
    MEANS_TYPE = 2,   /* a lock's type: what is declared with it matters */
    MEANS_RECORD = 4, /* a type that holds a lock */
    MEANS_MACRO = 8,  /* a macro of that name exists */
    MEANS_KEYWORD = 16,
};

struct vocabulary_word {
    const char *bytes;
    uint32_t length, hash, meaning;
};

struct vocabulary {
    struct arena *arena;
    struct vocabulary_word *words; /* by number, from 1 on */
    uint32_t *numbers;             /* by hash; 0: none */
    size_t count, room;
};

/* `room`: a power of two, more than twice the words that are expected. */
void vocabulary_begin(struct arena *arena, size_t room, struct vocabulary *ret_vocabulary);
/* The word's number, which it keeps; one never heard is new then, and means nothing yet. */
uint32_t vocabulary_number(struct vocabulary *vocabulary, const char *bytes, size_t length);
/* The number of a word, 0 for one never heard. */
uint32_t vocabulary_find(const struct vocabulary *vocabulary, const char *bytes, size_t length);
/* Gives a word a meaning more; true if that is new. */
bool vocabulary_learn(struct vocabulary *vocabulary, const char *bytes, size_t length, unsigned meaning);
/* All that a word means, 0 for one never heard. */
unsigned vocabulary_meaning(const struct vocabulary *vocabulary, const char *bytes, size_t length);

#endif

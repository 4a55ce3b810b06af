/* SPDX-License-Identifier: Apache-2.0 */
/* Response files: see response.h. The rules are those of GCC's libiberty. */
#include "response.h"

#include "base/say.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

#define DEEPEST 100

void response_split(const char *text, struct words *ret_words)
{
    char *to = mutray_realloc(NULL, strlen(text) + 1, 1); /* for all words: none is longer than what it is made of */
    for (;;) {
        while (isspace((unsigned char)*text))
            text++;
        if (*text == 0) return;
        char *word = to, quote = 0;
        for (; *text != 0 && (quote || !isspace((unsigned char)*text)); text++) {
            if (*text == '\\' && text[1] != 0 && quote != '\'')
                *to++ = *++text;
            else if (quote ? *text == quote : *text == '"' || *text == '\'')
                quote = quote ? 0 : *text;
            else
                *to++ = *text;
        }
        *to++ = 0;
        words_add(ret_words, word);
    }
}

static int expand(char *const *argv, unsigned depth, struct words *ret_words)
{
    if (depth > DEEPEST) return -ELOOP;
    for (; *argv != NULL; argv++) {
        struct bytes bytes = {0};
        struct words words = {0};
        if ((*argv)[0] != '@' || bytes_read_file(&bytes, *argv + 1) != 0) {
            words_add(ret_words, *argv);
            continue;
        }
        response_split(bytes.at, &words);
        int error = words.count ? expand(words.at, depth + 1, ret_words) : 0;
        if (error) return error;
    }
    return 0;
}

int response_expand(char *const *argv, struct words *ret_words)
{
    return expand(argv, 0, ret_words);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Tables of options: see option.h. */
#include "option.h"

#include "words.h"

#include <string.h>

const struct option *option_find(const struct option *table, const char *word)
{
    static const struct option other = {"", EXACT, 0};
    for (; table->word != NULL; table++) {
        bool fits = table->shape == PREFIX ? starts_with(word, table->word) : strcmp(word, table->word) == 0;
        if (fits) return table;
    }
    return &other;
}

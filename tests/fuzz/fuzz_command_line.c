/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any words as the command line of a compiler, of gcc's cc1 and of clang -cc1. The input is split into words as a
 * response file is; what follows a zero byte is the content of a real one, called `r`. What was read of a line is
 * written again as the lines that mutray runs, which may have no holes in them.
 */
#include "command_line.h"
#include "compiler.h"
#include "link.h"
#include "response.h"
#include "unit.h"

#include "scratch.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

/* The driver's processes are short and give nothing back. */
const char *__lsan_default_options(void);
const char *__lsan_default_options(void)
{
    return "detect_leaks=0";
}

static void check(const struct words *words)
{
    for (size_t i = 0; i < words->count; i++)
        if (words->at[i] == NULL) abort();
    if (words->at[words->count] != NULL) abort();
}

static void use(const struct unit *unit)
{
    static const enum unit_text texts[] = {TEXT_DIRECTIVES, TEXT_EXPANDED};
    if (unit->argv[unit->input_at] != unit->input) abort();
    for (size_t i = 0; i < 2; i++) {
        struct words first = {0}, second = {0};
        unit->compiler->preprocess(unit, texts[i], unit->deps != NULL ? "deps" : NULL, &first);
        unit->compiler->compile(unit, texts[i], "edited.i", "out.o", i == 0, &second);
        check(&first);
        check(&second);
        free(first.at);
        free(second.at);
    }
}

/* Opens no other files than `r`. */
static void keep_inside(struct words *words)
{
    for (size_t i = 0; i < words->count; i++)
        if (words->at[i][0] == '@') words->at[i] = (char *)"@r";
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct words words = {0};
    struct unit unit;
    char *text = strndup((const char *)bytes, size);
    size_t length = strlen(text);
    for (size_t i = length; i < size; i++)
        if (bytes[i] == '/') return free(text), 0; /* nor does that file name any */
    scratch_write("r", bytes + length, size - length);
    response_split(text, &words);
    char *split = words.count > 0 ? words.at[0] : NULL; /* all of them are in one piece */
    keep_inside(&words);
    if (words.count > 0) {
        compiler_is_name(words.at[0]);
        command_line_unfit(words.at + 1);
        link_is_linker(words.at[0]);
        if (gcc_unit_read(words.at, &unit) == NULL) use(&unit);
        words_insert(&words, 1, "-cc1");
        if (clang_unit_read(words.at, &unit) == NULL) use(&unit);
    }
    free(split);
    free(words.at);
    free(text);
    return 0;
}

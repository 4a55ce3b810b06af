/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Finding the compiler in a command: behind launchers (`ccache gcc`, `env A=b gcc`), under its many names
 * (arm-linux-gnueabihf-gcc-12, cc, clang-19).
 */
#ifndef MUTRAY_DRIVER_COMPILER_H
#define MUTRAY_DRIVER_COMPILER_H

#include "words.h"

enum compiler_family { COMPILER_UNKNOWN, COMPILER_GCC, COMPILER_CLANG };

struct compiler {
    size_t at; /* its index in the command; what stands before are launchers */
    enum compiler_family family;
};

/* `argv` begins with a launcher or the compiler. */
void compiler_find(char *const *argv, struct compiler *ret_compiler);

/* Whether this word would be a compiler or a launcher, judged by its name alone. */
bool compiler_is_name(const char *word);

#endif

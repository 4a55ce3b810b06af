/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any text as a project's `.mutray`. What it describes stays for the life of the process, as in mutray-edit; so that one
 * run is not much like the next, that is part of the test. Then everything the engine asks a configuration is asked.
 */
#include "config.h"
#include "functions.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static struct arena arena; /* descriptions point into it */

static void check_functions(void)
{
    const struct lock_function *last = &lock_functions[lock_function_count - 1];
    int found = lock_function_find(last->name, strlen(last->name));
    if (found != (int)lock_function_count - 1 || last->lock < -1 || last->lock > 9) abort();
    for (size_t i = 0; lock_type_name(i) != NULL; i++)
        if (!is_lock_type_name(lock_type_name(i), strlen(lock_type_name(i)))) abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    const char *error = NULL;
    struct config config = {.arena = &arena, .folder = size % 2 == 0 ? "/project" : NULL};
    const char *text = arena_copy(&arena, (const char *)bytes, size);
    if (config_parse(&config, ".mutray", text, &error) < 0) {
        if (error == NULL || strncmp(error, ".mutray:", 8) != 0 || strchr(error, '\n') != NULL) abort();
    }
    config_excludes_file(&config, "/project/source/file.c");
    config_excludes_file(&config, "no such file.c");
    for (size_t i = 0; i < config.names.count; i++)
        if (config_name(&config, config.names.items[i].declaration) == NULL) abort();
    for (size_t i = 0; i < config.rules.count; i++)
        config_excludes(&config, config.rules.items[i].subject, config.rules.items[i].glob);
    check_functions();
    return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * In place of runtime/export/modules.c where a spool is read: the modules are those of the process that is gone, as it
 * noted them, and their functions are read from the files if these are still the same.
 */
#include "profile/spool.h"

#include "export/modules.h"
#include "export/symbols.h"
#include "record/spool.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static struct mutray__module modules[MUTRAY__SPOOL_MODULES];
static char paths[MUTRAY__SPOOL_MODULES][sizeof((struct mutray__spool_module *)0)->path];
static size_t count;

static void forget(void)
{
    for (size_t i = 0; i < count; i++) mutray__symbols_close(modules[i].symbols);
    memset(modules, 0, sizeof modules);
    count = 0;
}

void mutray_spool_modules_use(const struct mutray__spool *spool)
{
    forget();
    if (spool == NULL) return;
    count = spool->module_count < MUTRAY__SPOOL_MODULES ? spool->module_count : MUTRAY__SPOOL_MODULES;
    for (size_t i = 0; i < count; i++) {
        const struct mutray__spool_module *from = &spool->modules[i];
        struct mutray__module *module = &modules[i];
        memcpy(paths[i], from->path, sizeof from->path - 1);
        paths[i][sizeof from->path - 1] = '\0';
        *module = (struct mutray__module){.low = from->low, .high = from->high, .bias = from->bias,
                                          .offset = from->offset, .path = paths[i]};
        if (from->build_id_size > sizeof module->build_id) continue;
        module->build_id_size = from->build_id_size;
        memcpy(module->build_id, from->build_id, module->build_id_size);
    }
}

void mutray__modules_see(void)
{
}

struct mutray__module *mutray__modules_find(uintptr_t address)
{
    for (size_t i = count; i-- > 0;) /* a later one took the place of those before */
        if (address >= modules[i].low && address < modules[i].high) return &modules[i];
    return NULL;
}

const char *mutray__module_function(struct mutray__module *module, uintptr_t address)
{
    struct stat file;
    if (!module->symbols_tried) {
        module->symbols_tried = true;
        if (stat(module->path, &file) < 0 || !S_ISREG(file.st_mode) ||
            mutray__symbols_open(module->path, module->build_id, module->build_id_size, &module->symbols) < 0)
            module->symbols = NULL;
    }
    return module->symbols == NULL ? NULL : mutray__symbols_find(module->symbols, address - module->bias);
}

struct mutray__module *mutray__modules_all(size_t *ret_count)
{
    *ret_count = count;
    return modules;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Keeping the list of modules. dl_iterate_phdr() calls back with the loader's lock held, and an allocator may wait for
 * that lock while it holds its own (those that walk stacks do). So the callback allocates nothing: it fills a block
 * that was made before, and if the block was too small it is made larger and all is done again. What it found is then
 * merged into the list, without the lock.
 *
 * /proc is needed only for the main program's own path; the symbols of a module are read when first asked for.
 */
#include "modules.h"

#include <link.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "symbols.h"

/*
 * How long an unmapped module is kept: one look empties the tables of what pointed into it, one more for good
 * measure.
 */
#define LOOKS_REMEMBERED 2

/* One executable segment as the callback sees it. */
struct sighting {
    uintptr_t low, high, bias;
    uint64_t offset;
    unsigned char build_id[32];
    size_t build_id_size;
    bool main;
    char path[512]; /* longer ones are cut, and the module is then known without its functions */
};

struct view {
    struct sighting *sightings;
    size_t room, count;
    unsigned index;
};

static struct {
    struct mutray__module *all;
    size_t count, room;
    size_t last; /* where the last address was found: callers of callers are mostly in the same module */
    char main_path[512];
} modules;

static void note_build_id(const struct dl_phdr_info *info, struct sighting *sighting)
{
    for (unsigned i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *segment = &info->dlpi_phdr[i];
        size_t size = 0;
        if (segment->p_type != PT_NOTE)
            continue;
        const unsigned char *id =
            mutray__build_id((const void *)(info->dlpi_addr + segment->p_vaddr), segment->p_memsz, &size);
        if (id == NULL || size > sizeof sighting->build_id)
            continue;
        memcpy(sighting->build_id, id, size);
        sighting->build_id_size = size;
        return;
    }
}

static int see_module(struct dl_phdr_info *info, size_t size, void *context)
{
    struct view *view = context;
    bool main = view->index++ == 0; /* the main program always comes first */
    (void)size;
    for (unsigned i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *segment = &info->dlpi_phdr[i];
        if (segment->p_type != PT_LOAD || !(segment->p_flags & PF_X))
            continue;
        if (view->count++ >= view->room)
            continue;
        struct sighting *sighting = &view->sightings[view->count - 1];
        *sighting = (struct sighting){
            .low = info->dlpi_addr + segment->p_vaddr,
            .high = info->dlpi_addr + segment->p_vaddr + segment->p_memsz,
            .bias = info->dlpi_addr,
            .offset = segment->p_offset,
            .main = main,
        };
        strncpy(sighting->path, info->dlpi_name, sizeof sighting->path - 1);
        note_build_id(info, sighting);
    }
    return 0;
}

static bool same_module(const struct mutray__module *module, const struct sighting *sighting, const char *path)
{
    return module->low == sighting->low && module->high == sighting->high && strcmp(module->path, path) == 0 &&
           module->build_id_size == sighting->build_id_size &&
           memcmp(module->build_id, sighting->build_id, sighting->build_id_size) == 0;
}

static void forget(size_t index)
{
    mutray__symbols_close(modules.all[index].symbols);
    free(modules.all[index].path);
    memmove(&modules.all[index], &modules.all[index + 1], (--modules.count - index) * sizeof *modules.all);
}

static void add(const struct sighting *sighting, const char *path)
{
    for (size_t i = modules.count; i-- > 0;) /* whoever was there before is gone for good */
        if (modules.all[i].low < sighting->high && sighting->low < modules.all[i].high)
            forget(i);
    if (modules.count == modules.room) {
        size_t room = modules.room == 0 ? 16 : 2 * modules.room;
        struct mutray__module *grown = realloc(modules.all, room * sizeof *grown);
        if (grown == NULL)
            return;
        modules.all = grown;
        modules.room = room;
    }
    struct mutray__module *module = &modules.all[modules.count];
    *module = (struct mutray__module){
        .low = sighting->low,
        .high = sighting->high,
        .bias = sighting->bias,
        .offset = sighting->offset,
        .build_id_size = sighting->build_id_size,
        .path = strdup(path),
    };
    memcpy(module->build_id, sighting->build_id, sighting->build_id_size);
    if (module->path != NULL)
        modules.count++;
}

static void merge(const struct sighting *sighting)
{
    const char *path = sighting->main ? modules.main_path : sighting->path[0] != '\0' ? sighting->path : "[unknown]";
    for (size_t i = 0; i < modules.count; i++)
        if (same_module(&modules.all[i], sighting, path)) {
            modules.all[i].missed = 0;
            return;
        }
    add(sighting, path);
}

void mutray__modules_see(void)
{
    struct view view = {.room = 64};
    if (modules.main_path[0] == '\0' &&
        readlink("/proc/self/exe", modules.main_path, sizeof modules.main_path - 1) < 0)
        strcpy(modules.main_path, "[program]");
    for (;;) {
        view.sightings = malloc(view.room * sizeof *view.sightings);
        if (view.sightings == NULL)
            return;
        view.count = view.index = 0;
        dl_iterate_phdr(see_module, &view);
        if (view.count <= view.room)
            break;
        view.room = view.count + 16;
        free(view.sightings);
    }
    for (size_t i = 0; i < modules.count; i++)
        modules.all[i].missed++;
    for (size_t i = 0; i < view.count; i++)
        merge(&view.sightings[i]);
    for (size_t i = modules.count; i-- > 0;)
        if (modules.all[i].missed > LOOKS_REMEMBERED)
            forget(i);
    free(view.sightings);
}

static bool contains(const struct mutray__module *module, uintptr_t address)
{
    return address >= module->low && address < module->high;
}

struct mutray__module *mutray__modules_find(uintptr_t address)
{
    if (modules.last < modules.count && contains(&modules.all[modules.last], address))
        return &modules.all[modules.last];
    for (size_t i = 0; i < modules.count; i++)
        if (contains(&modules.all[i], address))
            return &modules.all[modules.last = i];
    return NULL;
}

const char *mutray__module_function(struct mutray__module *module, uintptr_t address)
{
    if (!module->symbols_tried) {
        module->symbols_tried = true;
        if (mutray__symbols_open(module->path, module->build_id, module->build_id_size, &module->symbols) < 0)
            module->symbols = NULL;
    }
    return module->symbols == NULL ? NULL : mutray__symbols_find(module->symbols, address - module->bias);
}

struct mutray__module *mutray__modules_all(size_t *ret_count)
{
    *ret_count = modules.count;
    return modules.all;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Finding the runtime in a running process, and talking to it (runtime/record/control.c). It listens to nothing and is
 * sent nothing: its memory is read and written, which takes the rights of a debugger, and no stopping. The runtime is
 * found by the ELF note that it carries, whether it is a library or linked into a stripped program.
 */
#include "control/target.h"

#include "base/say.h"
#include "record/notes.h"

#include <dirent.h>
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

enum { MOST_SEGMENTS = 64, MOST_NOTES = 65536, MOST_UNITS = 100000, PAUSE_NS = 2000000 };

/* --- memory --- */

static int copy(const struct target *target, uint64_t address, void *bytes, size_t size, bool writing)
{
    struct iovec here = {bytes, size}, there = {(void *)(uintptr_t)address, size};
    ssize_t done = writing ? process_vm_writev(target->pid, &here, 1, &there, 1, 0)
                           : process_vm_readv(target->pid, &here, 1, &there, 1, 0);
    return done == (ssize_t)size ? 0 : done < 0 ? -errno : -EFAULT;
}

static void must(const struct target *target, int error)
{
    if (error == 0) return;
    if (error == -ESRCH || (kill(target->pid, 0) < 0 && errno == ESRCH))
        mutray_die("%s: process %d has ended; nothing more can be done", target->command, (int)target->pid);
    if (error == -EPERM || error == -EACCES)
        mutray_die("%s: process %d does not let this user look into it; run this as the process's user or as root, or "
                   "see kernel.yama.ptrace_scope",
                   target->command, (int)target->pid);
    mutray_die("%s: the memory of process %d is not as it should be (%s); try again", target->command, (int)target->pid,
               strerror(-error));
}

void target_read(const struct target *target, uint64_t address, void *bytes, size_t size)
{
    must(target, copy(target, address, bytes, size, false));
}

void target_write(const struct target *target, uint64_t address, const void *bytes, size_t size)
{
    must(target, copy(target, address, (void *)bytes, size, true));
}

/* --- the files that are mapped --- */

struct image {
    uint64_t start, bias;
    Elf64_Phdr segments[MOST_SEGMENTS];
    unsigned count;
};

/* The ELF file whose beginning is mapped there. Anything else is not one. */
static bool read_image(const struct target *target, uint64_t start, struct image *ret)
{
    Elf64_Ehdr header;
    if (copy(target, start, &header, sizeof header, false) < 0 || memcmp(header.e_ident, ELFMAG, SELFMAG) != 0 ||
        header.e_ident[EI_CLASS] != ELFCLASS64 || header.e_phentsize != sizeof(Elf64_Phdr) ||
        header.e_phnum > MOST_SEGMENTS)
        return false;
    *ret = (struct image){.start = start, .count = header.e_phnum};
    if (copy(target, start + header.e_phoff, ret->segments, ret->count * sizeof(Elf64_Phdr), false) < 0) return false;
    for (unsigned i = 0; i < ret->count; i++)
        if (ret->segments[i].p_type == PT_LOAD && ret->segments[i].p_offset == 0) {
            ret->bias = start - ret->segments[i].p_vaddr;
            return true;
        }
    return false;
}

/* A note of the image; the address of its content, 0 if there is none. Copies at most `room` bytes of it. */
static uint64_t find_note(const struct target *target, const struct image *image, const char *name, uint32_t type,
                          void *content, size_t room, size_t *ret_size)
{
    static unsigned char notes[MOST_NOTES];
    for (unsigned i = 0; i < image->count; i++) {
        const Elf64_Phdr *segment = &image->segments[i];
        uint64_t at = image->bias + segment->p_vaddr;
        size_t size = segment->p_memsz < sizeof notes ? (size_t)segment->p_memsz : sizeof notes;
        if (segment->p_type != PT_NOTE || copy(target, at, notes, size, false) < 0) continue;
        const unsigned char *found = mutray__note_find(notes, size, name, type, ret_size);
        if (found == NULL || *ret_size > room) continue;
        memcpy(content, found, *ret_size);
        return at + (uint64_t)(found - notes);
    }
    return 0;
}

static void note_module(struct target *target, const struct image *image, const char *path)
{
    for (unsigned i = 0; i < image->count && target->module_count < MUTRAY__SPOOL_MODULES; i++) {
        const Elf64_Phdr *segment = &image->segments[i];
        size_t size;
        if (segment->p_type != PT_LOAD || !(segment->p_flags & PF_X)) continue;
        struct mutray__spool_module *module = &target->modules[target->module_count++];
        module->low = image->bias + segment->p_vaddr;
        module->high = module->low + segment->p_memsz;
        module->bias = image->bias;
        module->offset = segment->p_offset;
        snprintf(module->path, sizeof module->path, "/proc/%d/root%s", (int)target->pid, path);
        if (access(path, R_OK) == 0) snprintf(module->path, sizeof module->path, "%s", path);
        if (find_note(target, image, "GNU", NT_GNU_BUILD_ID, module->build_id, sizeof module->build_id, &size) != 0)
            module->build_id_size = (uint32_t)size;
    }
}

static void look_at_image(struct target *target, uint64_t start, const char *path)
{
    struct image image;
    int64_t distance;
    size_t size;
    if (!read_image(target, start, &image)) return;
    note_module(target, &image, path);
    uint64_t note = find_note(target, &image, "mutray", MUTRAY__CONTROL_NOTE, &distance, sizeof distance, &size);
    if (note != 0 && size == sizeof distance && target->control == 0) target->control = note + (uint64_t)distance;
}

static void add_program_range(struct target *target, uint64_t low, uint64_t high)
{
    target->program =
        mutray_grow(target->program, target->program_count, &target->program_capacity, sizeof *target->program);
    target->program[target->program_count++] = (struct target_range){low, high};
}

static void look_at_maps(struct target *target)
{
    char path[64], line[8192], program[4096] = "";
    snprintf(path, sizeof path, "/proc/%d/exe", (int)target->pid);
    ssize_t length = readlink(path, program, sizeof program - 1);
    program[length > 0 ? length : 0] = '\0';
    snprintf(path, sizeof path, "/proc/%d/maps", (int)target->pid);
    FILE *maps = fopen(path, "re");
    if (maps == NULL) must(target, -errno);
    while (maps != NULL && fgets(line, sizeof line, maps) != NULL) {
        unsigned long low, high, offset;
        int name = 0;
        line[strcspn(line, "\n")] = '\0';
        if (sscanf(line, "%lx-%lx %*s %lx %*s %*s %n", &low, &high, &offset, &name) < 3 || line[name] != '/') continue;
        if (strcmp(line + name, program) == 0) add_program_range(target, low, high);
        if (offset == 0) look_at_image(target, low, line + name);
    }
    if (maps != NULL) fclose(maps);
}

/* --- opening --- */

/* A small file of the process's; "" if it cannot be read. */
static char *read_small(const struct target *target, const char *name, size_t *ret_size)
{
    char path[128];
    size_t room = 1 << 20, size = 0;
    char *text = mutray_calloc(room + 1, 1);
    snprintf(path, sizeof path, "/proc/%d/%s", (int)target->pid, name);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    for (ssize_t got; fd >= 0 && size < room && (got = read(fd, text + size, room - size)) > 0;) size += (size_t)got;
    if (fd >= 0) close(fd);
    *ret_size = size;
    return text;
}

static pid_t parse_pid(const char *command, const char *number)
{
    char *end;
    errno = 0;
    long pid = strtol(number, &end, 10);
    if (end == number || *end != '\0' || errno != 0 || pid <= 0 || pid > INT32_MAX)
        mutray_die("%s: give the number of a process, as in `mutray %s 1234`, not '%s'", command, command, number);
    return (pid_t)pid;
}

void target_open(const char *command, const char *number, struct target *ret)
{
    size_t size;
    *ret = (struct target){.command = command, .pid = parse_pid(command, number)};
    if (kill(ret->pid, 0) < 0 && errno == ESRCH)
        mutray_die("%s: there is no process %d; `ps` lists those there are", command, (int)ret->pid);
    char *name = read_small(ret, "comm", &size);
    snprintf(ret->name, sizeof ret->name, "%.*s", (int)strcspn(name, "\n"), name);
    mutray_clean(ret->name);
    free(name);
    look_at_maps(ret);
    if (ret->control == 0)
        mutray_die("%s: process %d (%s) has no mutray in it; build it through `mutray cc`, or preload libmutray.so",
                   command, (int)ret->pid, ret->name);
    struct mutray__control control = target_control(ret);
    if (control.abi != MUTRAY__CONTROL_ABI || control.size != sizeof control || control.layout != MUTRAY__SPOOL_LAYOUT)
        mutray_die("%s: process %d (%s) has another version of mutray in it; use that version's `mutray`", command,
                   (int)ret->pid, ret->name);
}

void target_close(struct target *target)
{
    free(target->program);
}

struct mutray__control target_control(const struct target *target)
{
    struct mutray__control control;
    target_read(target, target->control, &control, sizeof control);
    return control;
}

/* --- requests --- */

static bool is_in_program(const struct target *target, uint64_t address)
{
    for (size_t i = 0; i < target->program_count; i++)
        if (address >= target->program[i].low && address < target->program[i].high) return true;
    return false;
}

/*
 * Points modules to the door. The program itself cannot be unloaded in this moment, as others could; they are
 * taken only if it is not instrumented.
 */
static size_t open_doors(const struct target *target, const struct mutray__control *control, bool of_program)
{
    struct mutray__unit unit;
    uint64_t door = (uintptr_t)control->door, at, last = 0;
    size_t count = 0;
    target_read(target, (uintptr_t)control->units, &at, sizeof at);
    for (int i = 0; at != 0 && i < MOST_UNITS; i++, at = (uintptr_t)unit.next) {
        target_read(target, at, &unit, sizeof unit);
        uint64_t ops = (uintptr_t)unit.ops;
        if (is_in_program(target, ops) != of_program || ops == last) continue;
        target_write(target, last = ops, &door, sizeof door);
        count++;
    }
    return count;
}

static uint32_t pause_and_read_done(const struct target *target)
{
    nanosleep(&(struct timespec){.tv_nsec = PAUSE_NS}, NULL);
    return target_control(target).done;
}

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

/* --- the C library's descriptors of threads --- */

static void *calibrate(void *unused)
{
    mutray__stack_calibrate();
    return unused;
}

static int find_own_libc(struct dl_phdr_info *info, size_t size, void *context)
{
    struct image image = {.bias = info->dlpi_addr, .count = info->dlpi_phnum};
    struct mutray__spool_module *ret = context;
    struct target self = {.pid = getpid()};
    size_t id_size;
    (void)size;
    if (strstr(info->dlpi_name, "/libc.so") == NULL || info->dlpi_phnum > MOST_SEGMENTS) return 0;
    memcpy(image.segments, info->dlpi_phdr, info->dlpi_phnum * sizeof *image.segments);
    if (find_note(&self, &image, "GNU", NT_GNU_BUILD_ID, ret->build_id, sizeof ret->build_id, &id_size) != 0)
        ret->build_id_size = (uint32_t)id_size;
    return 1;
}

/*
 * Where they say where a thread's stack is must be asked in a thread, which the process is not made to have. If its C
 * library is ours, what we find here holds there. 0: stacks of threads are the call alone.
 */
static uint64_t thread_descriptor(const struct target *target)
{
    struct mutray__spool_module own = {0};
    pthread_t thread;
    bool is_same = false;
    dl_iterate_phdr(find_own_libc, &own);
    for (uint32_t i = 0; i < target->module_count; i++)
        is_same |= own.build_id_size > 0 && target->modules[i].build_id_size == own.build_id_size &&
                   memcmp(target->modules[i].build_id, own.build_id, own.build_id_size) == 0;
    if (!is_same || pthread_create(&thread, NULL, calibrate, NULL) != 0) return 0;
    pthread_join(thread, NULL);
    return mutray__stack_descriptor();
}

bool target_request(const struct target *target, enum mutray__control_action action,
                    const struct mutray__record_config *config, double seconds, int *ret_result)
{
    struct mutray__control control = target_control(target);
    uint32_t number = control.asked + 1, what = (uint32_t)action;
    target_write(target, target->control + offsetof(struct mutray__control, action), &what, sizeof what);
    target_write(target, target->control + offsetof(struct mutray__control, config), config, sizeof *config);
    uint64_t descriptor = thread_descriptor(target);
    target_write(target, target->control + offsetof(struct mutray__control, descriptor), &descriptor, sizeof descriptor);
    target_write(target, target->control + offsetof(struct mutray__control, asked), &number, sizeof number);
    if (open_doors(target, &control, true) == 0 && open_doors(target, &control, false) == 0)
        mutray_die("%s: process %d (%s) has no instrumented code; build it through `mutray cc`", target->command,
                   (int)target->pid, target->name);
    for (double end = now() + seconds; pause_and_read_done(target) != number;)
        if (now() > end) return false;
    *ret_result = target_control(target).result;
    return true;
}

/* --- what there is to know about it --- */

bool target_is_confined(const struct target *target)
{
    char path[64], name[300];
    bool confined = false;
    snprintf(path, sizeof path, "/proc/%d/task", (int)target->pid);
    DIR *tasks = opendir(path);
    for (struct dirent *task; tasks != NULL && (task = readdir(tasks)) != NULL;) {
        size_t size;
        snprintf(name, sizeof name, "task/%.255s/status", task->d_name);
        char *status = read_small(target, name, &size);
        const char *mode = strstr(status, "\nSeccomp:");
        confined |= mode != NULL && strtol(mode + strlen("\nSeccomp:"), NULL, 10) != 0;
        free(status);
    }
    if (tasks != NULL) closedir(tasks);
    return confined;
}

char *target_environment(const struct target *target, const char *name)
{
    size_t size, length = strlen(name);
    char *all = read_small(target, "environ", &size), *value = NULL;
    for (char *at = all; at < all + size && value == NULL; at += strlen(at) + 1)
        if (strncmp(at, name, length) == 0 && at[length] == '=') value = mutray_strdup(at + length + 1);
    free(all);
    return value != NULL ? value : mutray_strdup("");
}

uint8_t *target_spool(const struct target *target, size_t *ret_size)
{
    struct mutray__control control = target_control(target);
    uint64_t share = control.tables.share, lost;
    if (share == 0 || share > MUTRAY__SPOOL_LARGEST) must(target, -EFAULT);
    *ret_size = mutray__spool_size(share);
    struct mutray__spool *spool = mutray_calloc(1, *ret_size);
    memcpy(spool->magic, MUTRAY__SPOOL_MAGIC, sizeof spool->magic);
    spool->tables = control.tables;
    snprintf(spool->tables.program, sizeof spool->tables.program, "%s", target->name);
    target_read(target, (uintptr_t)control.lost, &lost, sizeof lost);
    target_read(target, lost, &spool->tables.lost, sizeof spool->tables.lost);
    memcpy(spool->modules, target->modules, sizeof spool->modules);
    spool->module_count = target->module_count;
    uint8_t *part = (uint8_t *)spool + MUTRAY__SPOOL_HEADER, *end = (uint8_t *)spool + *ret_size;
    for (int i = 0; i < MUTRAY__CONTROL_ARENAS; i++) {
        struct mutray__arena arena;
        target_read(target, (uintptr_t)control.arenas[i], &arena, sizeof arena);
        if (arena.used > arena.size || arena.size > (size_t)(end - part)) must(target, -EFAULT); /* it may be anybody's */
        target_read(target, (uintptr_t)arena.base, part, arena.used);
        part += arena.size;
    }
    return (uint8_t *)spool;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What was recorded is to outlive SIGKILL. So the tables themselves live in a file: the memory for stacks and for the
 * blocks of threads is a shared mapping of it, and recording costs what it costs without. What a process has written
 * to such memory is the file's, however it ends. The rest of what a reader needs is written when it is made: places and
 * names of locks (once each, as they are interned), and the modules (to know the functions of return addresses).
 *
 * A guest must not be harmed by its host's file system. The file's blocks are reserved beforehand, so that a full disk
 * shows here and not as SIGBUS at some store; it may only be read once it is there, so that nobody shortens it by
 * mistake, which would be one, too; it is created anew, never through a link; no descriptor stays open.
 *
 * A forked child shares such memory with its parent: the first thing it does is to have its own, private, and it gets a
 * file when it makes its first thread, becomes a daemon or flushes, which are moments where that is allowed.
 */
#include "spool.h"

#include "clock.h"
#include "drain.h"
#include "notes.h"

#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#define NAMES 100 /* PREFIX.PID.spool, PREFIX.PID.2.spool, ...: a number may have been another process's, which died */

struct mutray__spool *mutray__spool;
static char path[4096]; /* "": none */

/* --- the file --- */

static int create(const char *prefix)
{
    for (int i = 1; i <= NAMES; i++) {
        char number[16] = "";
        if (i > 1)
            snprintf(number, sizeof number, ".%d", i);
        int length = snprintf(path, sizeof path, "%s.%d%s.spool", prefix, (int)getpid(), number);
        if (length < 0 || (size_t)length >= sizeof path)
            return -ENAMETOOLONG;
        int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0400);
        if (fd >= 0 || errno != EEXIST)
            return fd >= 0 ? fd : -errno;
    }
    return -EEXIST;
}

/* Where the file system cannot reserve, writing does. */
static int fill_with_zeroes(int fd, size_t size)
{
    static const char zeroes[65536];
    for (size_t at = 0; at < size;) {
        ssize_t written = pwrite(fd, zeroes, size - at < sizeof zeroes ? size - at : sizeof zeroes, (off_t)at);
        if (written <= 0 && errno != EINTR)
            return written < 0 ? -errno : -EIO;
        at += written > 0 ? (size_t)written : 0;
    }
    return 0;
}

static int reserve(int fd, size_t size)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_FSIZE, &limit) == 0 && limit.rlim_cur < size)
        return -EFBIG; /* trying would raise SIGXFSZ */
    while (fallocate(fd, 0, 0, (off_t)size) != 0)
        if (errno != EINTR)
            return errno == EOPNOTSUPP || errno == ENOSYS ? fill_with_zeroes(fd, size) : -errno;
    return 0;
}

static int map(int fd, size_t at, size_t size, char **ret)
{
    void *mapping = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, (off_t)at);
    if (mapping == MAP_FAILED)
        return -errno;
    madvise(mapping, size, MADV_NOHUGEPAGE);
    *ret = mapping;
    return 0;
}

/* --- modules --- */

static void name_module(struct mutray__spool_module *module, const char *name)
{
    if (name[0] != '\0')
        snprintf(module->path, sizeof module->path, "%s", name);
    else if (readlink("/proc/self/exe", module->path, sizeof module->path - 1) < 0) /* the program itself */
        module->path[0] = '\0';
}

static void note_build_id(const struct dl_phdr_info *info, struct mutray__spool_module *module)
{
    for (unsigned i = 0; i < info->dlpi_phnum && module->build_id_size == 0; i++) {
        const ElfW(Phdr) *segment = &info->dlpi_phdr[i];
        size_t size = 0;
        const unsigned char *id = segment->p_type != PT_NOTE ? NULL :
            mutray__note_find((const void *)(info->dlpi_addr + segment->p_vaddr), segment->p_memsz, "GNU",
                              NT_GNU_BUILD_ID, &size);
        if (id != NULL && size <= sizeof module->build_id) {
            memcpy(module->build_id, id, size);
            module->build_id_size = (uint32_t)size;
        }
    }
}

/* The newest that covers an address is the one that is there. */
static struct mutray__spool_module *module_at(uint64_t address)
{
    for (uint32_t i = mutray__spool->module_count; i-- > 0;)
        if (address >= mutray__spool->modules[i].low && address < mutray__spool->modules[i].high)
            return &mutray__spool->modules[i];
    return NULL;
}

static int note_module(struct dl_phdr_info *info, size_t size, void *unused)
{
    struct mutray__spool *spool = mutray__spool;
    (void)size, (void)unused;
    for (unsigned i = 0; i < info->dlpi_phnum && spool->module_count < MUTRAY__SPOOL_MODULES; i++) {
        const ElfW(Phdr) *segment = &info->dlpi_phdr[i];
        uint64_t low = info->dlpi_addr + segment->p_vaddr;
        const struct mutray__spool_module *known = module_at(low);
        if (segment->p_type != PT_LOAD || !(segment->p_flags & PF_X) ||
            (known != NULL && known->bias == info->dlpi_addr && known->high == low + segment->p_memsz))
            continue;
        struct mutray__spool_module *module = &spool->modules[spool->module_count];
        *module = (struct mutray__spool_module){
            .low = low, .high = low + segment->p_memsz, .bias = info->dlpi_addr, .offset = segment->p_offset};
        name_module(module, info->dlpi_name);
        note_build_id(info, module);
        spool->module_count++;
    }
    return 0;
}

void mutray__record_spool_modules(void)
{
    if (mutray__spool != NULL)
        dl_iterate_phdr(note_module, NULL);
}

/* --- beginning and end --- */

static void set_clock(struct mutray__tables *tables, int64_t start_ns)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    tables->start_ns = start_ns;
    tables->wall_ns = (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
    tables->ticks = mutray__ticks();
    tables->ns_per_tick = atomic_load(&mutray__clock.ns_per_tick);
}

void mutray__tables_describe(struct mutray__tables *tables, const struct mutray__record_config *config,
                             const char *program, int64_t start_ns)
{
    struct mutray__totals totals = mutray__record_attached();
    mutray__clock_open();
    tables->layout = MUTRAY__SPOOL_LAYOUT;
    tables->share = mutray__memory_share();
    tables->names_base = (uintptr_t)mutray__names_arena.base;
    tables->shared_base = (uintptr_t)mutray__memory_shared();
    tables->pid = (uint32_t)getpid();
    tables->generation = mutray__stacks_generation();
    tables->upscale = config->upscale;
    tables->capture_pct = config->capture_pct;
    tables->wait_period_ns = (double)config->wait_period_ns;
    tables->sites = totals.sites;
    tables->locks = totals.locks;
    snprintf(tables->program, sizeof tables->program, "%s", program);
    set_clock(tables, start_ns);
}

/* The tables move in. A signal handler that takes locks must not come in between. */
static int move_in(char *header, char *tables)
{
    sigset_t all, before;
    struct mutray__losses *lost = &((struct mutray__spool *)header)->tables.lost;
    char *names = header + MUTRAY__SPOOL_HEADER;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    memcpy(names, mutray__names_arena.base, atomic_load(&mutray__names_arena.used));
    int error = mutray__memory_move(tables);
    if (error == 0) {
        mutray__names_mirror = names;
        *lost = *mutray__lost;
        mutray__lost = lost;
        mutray__spool = (struct mutray__spool *)header;
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return error;
}

int mutray__record_spool(const struct mutray__spool_facts *facts)
{
    int saved_errno = errno;
    size_t share = mutray__memory_share(), first = MUTRAY__SPOOL_HEADER + share;
    size_t rest = MUTRAY__SHARED_SHARES * share;
    char *header = NULL, *tables = NULL;
    if (mutray__spool != NULL || share == 0)
        return -EINVAL;
    int fd = create(facts->prefix), error = fd < 0 ? fd : reserve(fd, mutray__spool_size(share));
    if (error >= 0)
        error = map(fd, 0, first, &header);
    if (error >= 0)
        error = map(fd, first, rest, &tables);
    if (error >= 0)
        error = move_in(header, tables);
    if (fd >= 0)
        close(fd);
    if (error < 0) {
        if (fd >= 0)
            unlink(path);
        if (header != NULL)
            munmap(header, first);
        if (tables != NULL)
            munmap(tables, rest);
        path[0] = '\0';
    } else {
        mutray__tables_describe(&mutray__spool->tables, facts->config, facts->program, facts->start_ns);
        mutray__record_spool_modules();
        memcpy(mutray__spool->magic, MUTRAY__SPOOL_MAGIC, sizeof mutray__spool->magic);
    }
    errno = saved_errno;
    return error < 0 ? error : 0;
}

void mutray__spool_count(const struct mutray__totals *totals)
{
    if (mutray__spool == NULL)
        return;
    mutray__spool->tables.sites = totals->sites;
    mutray__spool->tables.locks = totals->locks;
}

void mutray__record_spool_period(int64_t start_ns)
{
    if (mutray__spool != NULL)
        set_clock(&mutray__spool->tables, start_ns);
}

void mutray__record_spool_naming(const char *profile)
{
    size_t length = strlen(profile);
    if (mutray__spool == NULL || length >= sizeof mutray__spool->naming || length == 0)
        return;
    memcpy(mutray__spool->naming + 1, profile + 1, length);
    atomic_signal_fence(memory_order_seq_cst);
    mutray__spool->naming[0] = profile[0];
}

const char *mutray__record_spool_path(void)
{
    return path;
}

void mutray__record_spool_remove(void)
{
    int saved_errno = errno;
    if (mutray__spool != NULL && mutray__spool->tables.pid == (uint32_t)getpid())
        unlink(path);
    errno = saved_errno;
}

bool mutray__spool_after_fork(void)
{
    struct mutray__spool *spool = mutray__spool;
    mutray__names_mirror = NULL;
    mutray__spool = NULL;
    if (spool == NULL)
        return true;
    munmap(spool, MUTRAY__SPOOL_HEADER + mutray__memory_share());
    return mutray__memory_leave() == 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Rows 18, 20, 25, 28, 29 and 33: locks stay what they are, at any time of the program's life. */
#include "kind.h"
#include "rows.h"

#include "plain.h"

#include <dlfcn.h>
#include <stdbool.h>
#include <string.h>

static lock_type early_lock LOCK_INITIALISED; /* !CREATE-STATIC! 28.before_main.early_lock */
static int early_answer = -1;

/* Constructors run in every row; each works in its own only. (glibc hands them the arguments.) */
static bool is_row(char **argv, const char *row)
{
    return argv[0] != NULL && argv[1] != NULL && strcmp(argv[1], row) == 0;
}

/* As early as can be: units make themselves known with priority 101, the first that is not reserved. */
__attribute__((constructor(102))) static void use_early(int argc, char **argv)
{
    (void)argc;
    if (!is_row(argv, "28.before_main")) return;
    lock_init_if_needed(&early_lock);         /* !CREATE-INIT! 28.before_main.early_lock */
    early_answer = lock_acquire(&early_lock); /* !ACQUIRE! 28.before_main.early_lock */
    if (early_answer != 0) return;
    early_answer = lock_release(&early_lock); /* !RELEASE! 28.before_main.early_lock */
}

/* A lock that was used before main is the same lock afterwards. */
void row_28_before_main(void)
{
    must(early_answer == 0);
    must(lock_acquire(&early_lock) == 0); /* !ACQUIRE! 28.before_main.early_lock */
    must(lock_release(&early_lock) == 0); /* !RELEASE! 28.before_main.early_lock */
}

static lock_type life_lock LOCK_INITIALISED;

static void use_life_lock(void)
{
    if (lock_acquire(&life_lock) != 0 || lock_release(&life_lock) != 0) abort();
}

static bool lives;

__attribute__((destructor)) static void use_late(void)
{
    if (lives) use_life_lock();
}

__attribute__((constructor)) static void make_life_lock(int argc, char **argv)
{
    (void)argc;
    lives = is_row(argv, "25.constructor_destructor_atexit");
    if (!lives) return;
    lock_init_if_needed(&life_lock);
    use_life_lock();
}

/* Whether such early and late events are recorded is not promised; that nothing breaks is. */
/* !LOOSE! 25.constructor_destructor_atexit */
void row_25_constructor_destructor_atexit(void)
{
    must(atexit(use_life_lock) == 0);
    use_life_lock();
}

static void *answers_elsewhere(void *lock)
{
    must(lock_try((lock_type *)lock) == plain_try(lock));
    return NULL;
}

/* Every answer is the one that the plain function gives in the same state. */
/* !LOOSE! 18.same_answers */
void row_18_same_answers(void)
{
    lock_type asked_lock;

    must(lock_init(&asked_lock) == 0);
    must(lock_acquire(&asked_lock) == 0);
    in_another_thread(answers_elsewhere, (void *)&asked_lock);
    errno = 4711;
    must(lock_release(&asked_lock) == 0);
    must(errno == 4711);
    must(plain_acquire((void *)&asked_lock) == 0);
    must(lock_release(&asked_lock) == 0);
    must(lock_acquire(&asked_lock) == 0);
    must(plain_release((void *)&asked_lock) == 0);
    must(lock_try(&asked_lock) == 0);
    must(errno == 4711);
    must(lock_release(&asked_lock) == 0);
    lock_destroy(&asked_lock);
}

#if defined(KIND_mutex)
static void *release_elsewhere(void *lock)
{
    must(pthread_mutex_unlock(lock) == EPERM);
    return NULL;
}

static void *die_holding(void *lock)
{
    must(pthread_mutex_lock(lock) == 0);
    return NULL;
}
#endif

/* An error-checking mutex checks, a robust one tells of its dead owner. */
/* !LOOSE! 20.error_checking */
void row_20_error_checking(void)
{
#if defined(KIND_mutex)
    pthread_mutex_t strict_lock, robust_lock;
    pthread_mutexattr_t attributes;

    pthread_mutexattr_init(&attributes);
    pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_ERRORCHECK);
    pthread_mutex_init(&strict_lock, &attributes);
    must(pthread_mutex_unlock(&strict_lock) == EPERM);
    must(pthread_mutex_lock(&strict_lock) == 0);
    must(pthread_mutex_lock(&strict_lock) == EDEADLK);
    in_another_thread(release_elsewhere, &strict_lock);
    must(pthread_mutex_trylock(&strict_lock) == EBUSY);
    must(pthread_mutex_unlock(&strict_lock) == 0);
    must(pthread_mutex_destroy(&strict_lock) == 0);

    pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
    pthread_mutex_init(&robust_lock, &attributes);
    in_another_thread(die_holding, &robust_lock);
    must(pthread_mutex_lock(&robust_lock) == EOWNERDEAD);
    must(pthread_mutex_unlock(&robust_lock) == 0);
    must(pthread_mutex_lock(&robust_lock) == ENOTRECOVERABLE);
    must(pthread_mutex_destroy(&robust_lock) == 0);
#else
    not_for_this_kind();
#endif
}

/* Sizes and initialisers are those that plain code sees. */
void row_33_layout(void)
{
    must(sizeof(lock_type) == plain_size());
#ifdef LOCK_INITIALIZER
    lock_type fresh = LOCK_INITIALIZER;

    must(memcmp(&fresh, plain_initial(), sizeof(fresh)) == 0);
#endif
}

/* A shared object that comes later brings its own locks, and may go again before the flush. */
void row_29_late_object(void)
{
    char path[4096];
    void *object;
    void (*work)(void);

    snprintf(path, sizeof(path), "%s/late_object.so", getenv("CATALOGUE_FOLDER"));
    object = dlopen(path, RTLD_NOW);
    if (object == NULL) fprintf(stderr, "%s\n", dlerror());
    must(object != NULL);
    *(void **)&work = dlsym(object, "late_object_work");
    must(work != NULL);
    work();
    must(dlclose(object) == 0);
}

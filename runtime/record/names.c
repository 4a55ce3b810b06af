/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is this lock called? After the place where it was made: `cache.c:141:request_lock`. A call knows the declaration
 * of its lock (a key, the same in all units), and so do the places where locks are made. If one place alone makes locks
 * of a declaration, that is the answer, found when the units are joined and free of cost afterwards. Otherwise the
 * lock's address decides (addresses.c), and when that says nothing the name is `unknown:0:variable`.
 *
 * Places that make locks come in two strengths: initialised definitions and init calls are strong, definitions without
 * an initialiser are weak (zeroed memory works as a mutex) and count only where there is no strong one.
 *
 * Everything is copied out of the units: a module may be unloaded while the profile still shows its names.
 */
#include "names.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define SITE_SLOTS (1u << 16)
#define KEY_SLOTS (1u << 14)
#define CREATION_SLOTS (1u << 14)
#define NAME_SLOTS (1u << 14)

enum strength { STRONG, WEAK };

#define INIT_INIT true
#define INIT_DESTROY false
#define INIT_ACQUIRE false
#define INIT_TRY false
#define INIT_TIMED false
#define INIT_RELEASE false
#define INIT_WAIT false
#define INIT_TIMED_WAIT false
#define INIT_READ false
#define INIT_TRY_READ false
#define INIT_TIMED_READ false
#define INIT_WRITE false
#define INIT_TRY_WRITE false
#define INIT_TIMED_WRITE false
#define ROLE_INIT 0 /* of described functions, as functions.def numbers them */
static const bool is_init[] = {
#define MUTRAY_FUNCTION(returns, name, kind, role, lock, parameters, arguments) INIT_##role,
#include "mutray/functions.def"
#undef MUTRAY_FUNCTION
};

static bool makes_lock(const struct mutray__site *site)
{
    if (site->what & MUTRAY__DESCRIBED)
        return (site->what & 0xff) == ROLE_INIT;
    return site->what < MUTRAY__FUNCTIONS && is_init[site->what];
}

static const char *const kind_names[] = {"mutex", "rwlock", "spin", "mtx"};

static struct mutray__set sites, keys, creations, names;

int mutray__names_open(void)
{
    struct mutray__arena *arena = &mutray__names_arena;
    if (sites.slots != NULL)
        return 0;
    /* In a small budget the slots must leave room for what they refer to. */
    uint32_t shift = 0;
    while (shift < 10 && (SITE_SLOTS + KEY_SLOTS + CREATION_SLOTS + NAME_SLOTS) * 4 >> shift > arena->size / 4)
        shift++;
    return mutray__set_open(&keys, arena, KEY_SLOTS >> shift) &&
                   mutray__set_open(&creations, arena, CREATION_SLOTS >> shift) &&
                   mutray__set_open(&names, arena, NAME_SLOTS >> shift) &&
                   mutray__set_open(&sites, arena, SITE_SLOTS >> shift)
               ? 0
               : -ENOMEM;
}

static const char *basename_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash != NULL ? slash + 1 : path;
}

static const char *or_empty(const char *text)
{
    return text != NULL ? text : "";
}

/* Copies a text to *at and moves *at behind it. */
static const char *put(char **at, const char *text)
{
    char *copy = *at;
    size_t size = strlen(text) + 1;
    memcpy(copy, text, size);
    *at += size;
    return copy;
}

/* --- keys --- */

struct key_like {
    const char *text, *variable, *declaration;
};

static bool key_equal(const struct mutray__node *node, const void *like)
{
    const struct mutray__key *key = (const struct mutray__key *)node;
    return strcmp(key->text, ((const struct key_like *)like)->text) == 0;
}

static size_t key_size(const void *like)
{
    const struct key_like *key = like;
    return sizeof(struct mutray__key) + strlen(key->text) + strlen(key->variable) + strlen(key->declaration) + 3;
}

static void key_fill(struct mutray__node *node, const void *like)
{
    struct mutray__key *key = (struct mutray__key *)node;
    const struct key_like *from = like;
    char *at = (char *)(key + 1);
    key->text = put(&at, from->text);
    key->variable = put(&at, from->variable);
    key->declaration = put(&at, from->declaration);
}

static struct mutray__key *key_get(const char *text, const char *variable, const char *declaration)
{
    static const struct mutray__set_type type = {key_equal, key_size, key_fill};
    struct key_like like = {or_empty(text), or_empty(variable), or_empty(declaration)};
    return mutray__set_get(&keys, &type, mutray__hash_text(1, like.text), &like);
}

/* For a site without a declaration: its own word stands for it. No key of a unit begins with a question mark. */
static struct mutray__key *key_of_word(const char *word)
{
    char text[128];
    snprintf(text, sizeof text, "?%s", or_empty(word));
    return key_get(text, word, "");
}

/* --- creations --- */

struct creation_like {
    struct mutray__key *key;
    const char *file, *variable;
    unsigned line;
};

static bool creation_equal(const struct mutray__node *node, const void *like)
{
    const struct mutray__creation_record *creation = (const struct mutray__creation_record *)node;
    const struct creation_like *other = like;
    return creation->key == other->key && creation->line == other->line &&
           strcmp(creation->file, other->file) == 0 && strcmp(creation->variable, other->variable) == 0;
}

static size_t creation_size(const void *like)
{
    const struct creation_like *creation = like;
    return sizeof(struct mutray__creation_record) + strlen(creation->file) + strlen(creation->variable) + 2;
}

static void creation_fill(struct mutray__node *node, const void *like)
{
    struct mutray__creation_record *creation = (struct mutray__creation_record *)node;
    const struct creation_like *from = like;
    char *at = (char *)(creation + 1);
    creation->key = from->key;
    creation->line = from->line;
    creation->file = put(&at, from->file);
    creation->variable = put(&at, from->variable);
}

struct mutray__creation_record *mutray__creation_record(struct mutray__key *key, const char *path, unsigned line,
                                                        const char *variable)
{
    static const struct mutray__set_type type = {creation_equal, creation_size, creation_fill};
    struct creation_like like = {key, basename_of(or_empty(path)), or_empty(variable), line};
    uint64_t hash = mutray__hash_number(mutray__hash_text(line, like.file), (uintptr_t)key);
    struct mutray__creation_record *creation = mutray__set_get(&creations, &type, hash, &like);
    if (creation != NULL)
        mutray__exclude(creation, or_empty(path));
    return creation;
}

/* --- sites --- */

static bool site_equal(const struct mutray__node *node, const void *like)
{
    const struct mutray__site_record *record = (const struct mutray__site_record *)node;
    const struct mutray__site_record *other = like;
    return record->what == other->what && record->place.line == other->place.line && record->key == other->key &&
           strcmp(record->place.file, other->place.file) == 0 &&
           strcmp(record->place.function, other->place.function) == 0;
}

static size_t site_size(const void *like)
{
    const struct mutray__site_record *record = like;
    return sizeof *record + strlen(record->place.file) + strlen(record->place.function) + 2;
}

static void site_fill(struct mutray__node *node, const void *like)
{
    struct mutray__site_record *record = (struct mutray__site_record *)node;
    const struct mutray__site_record *from = like;
    char *at = (char *)(record + 1);
    record->what = from->what;
    record->address_first = from->address_first;
    record->key = from->key;
    record->place.line = from->place.line;
    record->place.file = put(&at, from->place.file);
    record->place.function = put(&at, from->place.function);
    record->next = atomic_load(&from->key->sites);
    while (!atomic_compare_exchange_weak(&from->key->sites, &record->next, record))
        continue;
}

static struct mutray__key *key_of_site(const struct mutray__site *site)
{
    if (site->lock == NULL)
        return key_of_word(site->variable);
    struct mutray__key *key = __atomic_load_n(&site->lock->joined, __ATOMIC_ACQUIRE);
    /* An init call may come before its unit is attached. */
    return key != NULL ? key : key_get(site->lock->key, site->lock->variable, site->lock->declaration);
}

struct mutray__site_record *mutray__site_record_make(struct mutray__site *site)
{
    static const struct mutray__set_type type = {site_equal, site_size, site_fill};
    struct mutray__site_record like = {
        .place = {or_empty(site->file), or_empty(site->function), site->line},
        .key = key_of_site(site),
        .what = site->what,
        .address_first = mutray__site_is_bare(site),
    };
    if (like.key == NULL)
        return NULL;
    uint64_t hash = mutray__hash_number(mutray__hash_text(site->line, like.place.file), (uintptr_t)like.key);
    struct mutray__site_record *record = mutray__set_get(&sites, &type, mutray__hash_number(hash, site->what), &like);
    __atomic_store_n(&site->id, mutray__arena_ref(&mutray__names_arena, record), __ATOMIC_RELEASE);
    return record;
}

/* --- names --- */

bool mutray__member_names = true;

/* Keys of members begin with an m, see "Names" in ARCHITECTURE.md. */
static bool is_member(const struct mutray__name_record *name)
{
    const struct mutray__key *key = name->creation != NULL ? name->creation->key : name->key;
    return strncmp(key->text, "m ", 2) == 0;
}

/* The variable part of a name: what begins with two underscores is nobody's name for a lock. */
static const char *word_of(const struct mutray__name_record *name)
{
    if (!mutray__member_names && is_member(name))
        return "";
    const char *words[] = {name->creation != NULL ? name->creation->variable : "", name->key->variable};
    for (int i = 0; i < 2; i++)
        if (words[i][0] != 0 && strncmp(words[i], "__", 2) != 0)
            return words[i];
    return "";
}

static int format(char *text, size_t size, const struct mutray__name_record *name)
{
    const char *word = word_of(name);
    const char *file = name->creation != NULL ? name->creation->file : "unknown";
    unsigned line = name->creation != NULL ? name->creation->line : 0;
    return snprintf(text, size, "%s:%u%s%s", file, line, word[0] != 0 ? ":" : "", word);
}

static bool name_equal(const struct mutray__node *node, const void *like)
{
    const struct mutray__name_record *name = (const struct mutray__name_record *)node, *other = like;
    return name->creation == other->creation && name->key == other->key && name->kind == other->kind;
}

static size_t name_size(const void *like)
{
    return sizeof(struct mutray__name_record) + (size_t)format(NULL, 0, like) + 1;
}

static void name_fill(struct mutray__node *node, const void *like)
{
    struct mutray__name_record *name = (struct mutray__name_record *)node;
    const struct mutray__name_record *from = like;
    char *text = (char *)(name + 1);
    name->creation = from->creation;
    name->key = from->key;
    name->kind = from->kind;
    format(text, name_size(like) - sizeof *name, from);
    /* The declaration that was made; an init call through a bare pointer knows none, then the one that is used. */
    const struct mutray__key *key = from->creation != NULL ? from->creation->key : NULL;
    name->name.declaration = key != NULL && key->declaration[0] != 0 ? key->declaration : from->key->declaration;
    name->name.kind = kind_names[from->kind];
    name->name.name = text;
}

/* All in one order (seq_cst): either this sees that the key has changed, or what changes it undoes this. */
static void settle(struct mutray__site_record *site, const struct mutray__name_record *name)
{
    const struct mutray__arena *arena = &mutray__names_arena;
    uint64_t settled = mutray__arena_ref(arena, site) | (uint64_t)mutray__arena_ref(arena, name) << 32;
    atomic_store(&site->settled, settled);
    if (mutray__key_sole(site->key) != name->creation || mutray__is_excluded(name, site))
        atomic_store(&site->settled, 0);
}

void mutray__key_unsettle(struct mutray__key *key)
{
    for (struct mutray__site_record *site = atomic_load(&key->sites); site != NULL; site = site->next)
        atomic_store(&site->settled, 0);
}

struct mutray__name_record *mutray__name_find(struct mutray__site_record *site, const void *address,
                                              enum mutray__kind kind)
{
    static const struct mutray__set_type type = {name_equal, name_size, name_fill};
    struct mutray__creation_record *sole = mutray__key_sole(site->key), *creation = sole;
    if (creation == NULL || site->address_first)
        creation = mutray__creation_at(address, site->key);
    if (creation == NULL)
        creation = sole;
    if (creation == NULL)
        creation = atomic_load_explicit(&site->key->former, memory_order_acquire);
    struct mutray__name_record *name = atomic_load_explicit(&site->name, memory_order_acquire);
    if (name != NULL && name->creation == creation && name->kind == kind)
        return name;
    /* A creation that knows its declaration has one name, wherever the lock is used. */
    struct mutray__key *key = creation != NULL && creation->key != NULL ? creation->key : site->key;
    struct mutray__name_record like = {.creation = creation, .key = key, .kind = kind};
    uint64_t hash = mutray__hash_number((uintptr_t)creation, (uintptr_t)key);
    name = mutray__set_get(&names, &type, mutray__hash_number(hash, like.kind), &like);
    atomic_store_explicit(&site->name, name, memory_order_release);
    if (name != NULL && sole != NULL && creation == sole && site->what < MUTRAY__FUNCTIONS && !site->address_first)
        settle(site, name);
    return name;
}

/* --- joining --- */

static void count_creation(struct mutray__creation_record *creation, enum strength strength)
{
    if (creation == NULL || creation->counted[strength])
        return;
    struct mutray__key *key = creation->key;
    creation->counted[strength] = true;
    if (key->count[strength]++ == 0)
        key->first[strength] = creation;
    struct mutray__creation_record *sole = NULL;
    if (key->count[STRONG] == 1)
        sole = key->first[STRONG];
    else if (key->count[STRONG] == 0 && key->count[WEAK] == 1)
        sole = key->first[WEAK];
    atomic_store(&key->sole, sole);
    mutray__key_unsettle(key);
}

void mutray__names_join(struct mutray__unit *unit)
{
    for (unsigned i = 0; i < unit->lock_count; i++) {
        struct mutray__lock *lock = &unit->locks[i];
        __atomic_store_n(&lock->joined, key_get(lock->key, lock->variable, lock->declaration), __ATOMIC_RELEASE);
    }
    for (unsigned i = 0; i < unit->creation_count; i++) {
        struct mutray__creation *made = &unit->creations[i];
        struct mutray__key *key = made->lock != NULL ? made->lock->joined : NULL;
        if (key != NULL)
            count_creation(mutray__creation_record(key, made->file, made->line, key->variable),
                           made->flags & MUTRAY__CREATION_INITIALISED ? STRONG : WEAK);
    }
    for (unsigned i = 0; i < unit->site_count; i++) {
        struct mutray__site *site = &unit->sites[i];
        struct mutray__key *key = site->lock != NULL ? site->lock->joined : NULL;
        if (site->what >= MUTRAY__HAND_OVER)
            continue;
        if (mutray__site_is_bare(site))
            atomic_store(&mutray__bare_pointers, true);
        if (key != NULL && makes_lock(site))
            count_creation(mutray__creation_record(key, site->file, site->line, key->variable), STRONG);
    }
}

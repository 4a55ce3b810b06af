/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Adding up samples by lock. A sample is an acquire or a release: its leaf is the call, its labels say which lock,
 * which bucket, who held it, which thread. A profile of Datadog's Python client has only the name of the lock and the
 * thread; whatever needs more is then left open ("not told") instead of being shown as zero.
 */
#include "profile/names.h"
#include "profile/parts.h"
#include "profile/run.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uthash.h>

/* A row that is being added to, found by name, declaration and mode. */
struct entry {
    struct mutray_lock_row row;
    UT_hash_handle hh;
    char key[]; /* the three with their ends, then the kind */
};

struct mutray_table_work {
    struct entry *entries;
    struct mutray_part_index *parts;
    struct mutray_run_work *run;
    /* Of the profile that is being added. */
    char process[24];
    size_t samples, spent;
};

struct mutray_table *mutray_table_new(void)
{
    struct mutray_table *table = mutray_calloc(1, sizeof *table);
    table->work = mutray_calloc(1, sizeof *table->work);
    table->work->run = mutray_run_new();
    return table;
}

static char *append(char *at, const char *text)
{
    return stpcpy(at, text) + 1;
}

/* An entry for the sample's lock that is in no table yet, and the length of its key. */
static struct entry *make_entry(const struct mutray_lock_sample *sample, size_t *ret_key_size)
{
    const char *name = sample->lock_name[0] != '\0' ? sample->lock_name : "unknown:0:";
    size_t kind_at = strlen(name) + strlen(sample->lock_declaration) + strlen(sample->lock_mode) + 3;
    struct entry *entry = mutray_calloc(1, sizeof *entry + kind_at + strlen(sample->lock_kind) + 1);
    char *declaration = append(entry->key, name);
    char *mode = append(declaration, sample->lock_declaration);
    char *kind = append(mode, sample->lock_mode);
    append(kind, sample->lock_kind);
    entry->row.name = entry->key;
    entry->row.declaration = declaration;
    entry->row.mode = mode;
    entry->row.kind = kind;
    *ret_key_size = kind_at;
    return entry;
}

static struct mutray_lock_row *row_of(struct mutray_table_work *work, const struct mutray_lock_sample *sample)
{
    size_t size;
    struct entry *fresh = make_entry(sample, &size), *found;
    HASH_FIND(hh, work->entries, fresh->key, size, found);
    if (found != NULL) {
        free(fresh);
        return &found->row;
    }
    HASH_ADD(hh, work->entries, key, size, fresh);
    work->spent += sizeof *fresh + 2 * size + 5 * MUTRAY_SMALL_CHANGE; /* with what is shown, and three arrays of parts */
    return &fresh->row;
}

const struct mutray_lock_row *mutray_table_row(const struct mutray_table *table,
                                               const struct mutray_lock_sample *sample)
{
    size_t size;
    struct entry *fresh = make_entry(sample, &size), *found;
    HASH_FIND(hh, table->work->entries, fresh->key, size, found);
    free(fresh);
    return found != NULL ? &found->row : NULL;
}

/* "cache.c:141:get": the form in which the runtime writes holders too. */
static void site_text(const struct mutray_lock_sample *sample, char *out, size_t size)
{
    if (sample->frame_count == 0) {
        snprintf(out, size, "unknown");
        return;
    }
    const struct mutray_frame *leaf = &sample->frames[0];
    const char *slash = strrchr(leaf->file, '/');
    snprintf(out, size, "%s:%lld:%s", slash != NULL ? slash + 1 : leaf->file, (long long)leaf->line, leaf->function);
}

static struct mutray_part *thread_of(struct mutray_table_work *work, struct mutray_lock_row *row,
                                     const struct mutray_lock_sample *sample)
{
    char id[64];
    int64_t number = sample->thread_native_id.there ? sample->thread_native_id.value : sample->thread_id.value;
    snprintf(id, sizeof id, "%s/%lld", work->process, (long long)number);
    return mutray_parts_at(&work->parts, &row->thread_list, sample->thread_name, id, &work->spent);
}

static void add_to_spread(struct mutray_table *table, struct mutray_spread *spread, int64_t bucket, double count, double time)
{
    int before = spread->used;
    mutray_spread_add(spread, bucket, count, time);
    table->work->spent += (size_t)(spread->used - before) * sizeof *spread->buckets;
    table->buckets = true;
}

static void add_acquire(struct mutray_table *table, struct mutray_lock_row *row,
                        const struct mutray_lock_sample *sample, struct mutray_part *site, struct mutray_part *thread)
{
    double count = (double)sample->values[MUTRAY_VALUE_acquire], wait = (double)sample->values[MUTRAY_VALUE_wait];
    struct mutray_part *pair = NULL;
    if (sample->holder[0] != '\0')
        pair = mutray_parts_at(&table->work->parts, &row->pair_list, site->first, sample->holder, &table->work->spent);
    row->acquires += count;
    row->wait_ns += wait;
    if (sample->wait_bucket.there) add_to_spread(table, &row->wait, sample->wait_bucket.value, count, wait);
    struct mutray_part *parts[] = {site, thread, pair};
    for (size_t i = 0; i < sizeof parts / sizeof parts[0] && parts[i] != NULL; i++) {
        parts[i]->acquires += count;
        parts[i]->wait_ns += wait;
        if (sample->wait_bucket.there) parts[i]->waits += count;
    }
}

static void add_release(struct mutray_table *table, struct mutray_lock_row *row,
                        const struct mutray_lock_sample *sample, struct mutray_part *site, struct mutray_part *thread)
{
    double count = (double)sample->values[MUTRAY_VALUE_release], hold = (double)sample->values[MUTRAY_VALUE_hold];
    row->releases += count;
    row->hold_ns += hold;
    if (sample->hold_bucket.there) add_to_spread(table, &row->hold, sample->hold_bucket.value, count, hold);
    struct mutray_part *parts[] = {site, thread};
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        parts[i]->releases += count;
        parts[i]->hold_ns += hold;
    }
}

static void add_sample(struct mutray_table *table, const struct mutray_lock_sample *sample)
{
    table->work->samples++;
    for (int value = 0; value < MUTRAY_VALUE_COUNT; value++) {
        if (sample->values[value] >= 0) continue;
        table->malformed++;
        return;
    }
    char site_name[512];
    struct mutray_lock_row *row = row_of(table->work, sample);
    site_text(sample, site_name, sizeof site_name);
    struct mutray_part *site = mutray_parts_at(&table->work->parts, &row->site_list, site_name, "", &table->work->spent);
    struct mutray_part *thread = thread_of(table->work, row, sample);
    if (sample->values[MUTRAY_VALUE_acquire] > 0 || sample->values[MUTRAY_VALUE_wait] > 0) {
        add_acquire(table, row, sample, site, thread);
    }
    if (sample->values[MUTRAY_VALUE_release] > 0 || sample->values[MUTRAY_VALUE_hold] > 0) {
        add_release(table, row, sample, site, thread);
    }
}

struct addition {
    struct mutray_table *table;
    struct mutray_profile *profile;
};

static void visit_sample(const struct mutray_lock_sample *sample, void *context)
{
    struct addition *addition = context;
    addition->table->work->spent = 0;
    add_sample(addition->table, sample);
    mutray_profile_spend(addition->profile, addition->table->work->spent);
}

int mutray_table_add(struct mutray_table *table, struct mutray_profile *profile, struct mutray_error *error)
{
    mutray_run_process(profile, table->work->process, sizeof table->work->process);
    table->work->samples = 0;
    int result = mutray_profile_visit(profile, visit_sample, &(struct addition){table, profile}, error);
    mutray_run_add(table->work->run, profile, table->work->samples > 0);
    return result;
}

/* The order rows come in: longest wait first, then longest hold, then by name. */
static int compare_rows(const void *a, const void *b)
{
    const struct mutray_lock_row *x = *(struct mutray_lock_row *const *)a, *y = *(struct mutray_lock_row *const *)b;
    if (x->wait_ns != y->wait_ns) return x->wait_ns > y->wait_ns ? -1 : 1;
    if (x->hold_ns != y->hold_ns) return x->hold_ns > y->hold_ns ? -1 : 1;
    int order = strcmp(x->name, y->name);
    if (order == 0) order = strcmp(x->declaration, y->declaration);
    return order != 0 ? order : strcmp(x->mode, y->mode);
}

void mutray_table_finish(struct mutray_table *table)
{
    table->locks = mutray_calloc(HASH_COUNT(table->work->entries), sizeof *table->locks);
    for (struct entry *entry = table->work->entries; entry != NULL; entry = entry->hh.next) {
        struct mutray_lock_row *row = &entry->row;
        row->sites = mutray_parts_sorted(&row->site_list);
        row->pairs = mutray_parts_sorted(&row->pair_list);
        row->threads = mutray_parts_sorted(&row->thread_list);
        table->locks[table->count++] = row;
    }
    qsort(table->locks, table->count, sizeof *table->locks, compare_rows);
    for (size_t i = 0; i < table->count; i++) table->locks[i]->index = i;
    mutray_run_finish(table->work->run, &table->run);
    table->buckets |= table->run.told;
    mutray_names_show(table);
}

void mutray_table_free(struct mutray_table *table)
{
    struct entry *entry, *next;
    HASH_ITER (hh, table->work->entries, entry, next) {
        HASH_DEL(table->work->entries, entry);
        free(entry->row.sites.items);
        free(entry->row.pairs.items);
        free(entry->row.threads.items);
        mutray_spread_free(&entry->row.wait);
        mutray_spread_free(&entry->row.hold);
        free(entry->row.shown);
        free(entry);
    }
    mutray_parts_free(&table->work->parts);
    mutray_run_free(table->work->run);
    free(table->work);
    free(table->locks);
    free(table->run.program);
    free(table);
}

int mutray_table_add_file(struct mutray_table *table, const char *path, struct mutray_error *error)
{
    struct mutray_profile *profile;
    int result = mutray_profile_read(path, error, &profile);
    if (result < 0) return result;
    result = mutray_table_add(table, profile, error);
    mutray_profile_free(profile);
    return result;
}

struct mutray_table *mutray_table_of_files(const char *const *paths, size_t count)
{
    struct mutray_table *table = mutray_table_new();
    for (size_t i = 0; i < count; i++) {
        struct mutray_error error;
        if (mutray_table_add_file(table, paths[i], &error) < 0) {
            mutray_die("%s: %s", strcmp(paths[i], "-") == 0 ? "standard input" : paths[i], error.text);
        }
    }
    mutray_table_finish(table);
    return table;
}

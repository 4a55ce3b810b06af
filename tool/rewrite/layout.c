/* SPDX-License-Identifier: Apache-2.0 */
/*
 * After the last unit: which points are edited after all, what they are called, and where in its file's table each use
 * stands. Everything is put in an order that depends on the sources alone, so that two runs write the same bytes.
 */
#include "project.h"

#include "instrument/functions.h"

#include <stdlib.h>
#include <string.h>

static int compare_files(const void *left, const void *right)
{
    const struct file *const *a = left, *const *b = right;
    return strcmp((*a)->relative, (*b)->relative);
}

static int compare_points(const void *left, const void *right)
{
    const struct point *a = *(struct point *const *)left, *b = *(struct point *const *)right;
    if (a->offset != b->offset) return a->offset < b->offset ? -1 : 1;
    return a->kind < b->kind ? -1 : a->kind > b->kind;
}

static int compare_uses(const void *left, const void *right)
{
    const struct use *a = *(struct use *const *)left, *b = *(struct use *const *)right;
    if (a->offset != b->offset) return a->offset < b->offset ? -1 : 1;
    int files = strcmp(a->point->file->relative, b->point->file->relative);
    return files != 0 ? files : compare_points(&a->point, &b->point);
}

static int compare_remarks(const void *left, const void *right)
{
    const struct remark *a = left, *b = right;
    int files = strcmp(a->file, b->file);
    if (files != 0) return files;
    if (a->line != b->line) return a->line < b->line ? -1 : 1;
    return strcmp(a->function, b->function);
}

static const char *identifier(struct arena *arena, const char *path)
{
    char *tag = arena_copy(arena, path, strlen(path));
    for (char *p = tag; *p != '\0'; p++)
        if (!((*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z') || (*p >= '0' && *p <= '9'))) *p = '_';
    return tag;
}

static bool tag_taken(const struct project *project, size_t before, const char *tag)
{
    for (size_t i = 0; i < before; i++)
        if (strcmp(project->files.items[i]->tag, tag) == 0) return true;
    return false;
}

/* "queue_c"; if two files are called so, the later ones by their path, and if that does not help, by a number. */
static void give_tags(struct project *project)
{
    for (size_t i = 0; i < project->files.count; i++) {
        struct file *file = project->files.items[i];
        const char *slash = strrchr(file->relative, '/');
        file->tag = identifier(project->arena, slash == NULL ? file->relative : slash + 1);
        if (tag_taken(project, i, file->tag)) file->tag = identifier(project->arena, file->relative);
        for (unsigned n = 2; tag_taken(project, i, file->tag); n++)
            file->tag = arena_format(project->arena, "%s_%u", identifier(project->arena, file->relative), n);
    }
}

/* Two calls of one function on a line cannot be told apart where the function's name is a macro. */
static void merge_kept(struct file *file)
{
    for (size_t i = 0; i < file->uses.count; i++)
        for (size_t j = i + 1; j < file->uses.count; j++) {
            struct use *one = file->uses.items[i], *other = file->uses.items[j];
            if (!one->point->kept || !other->point->kept || one->point->function != other->point->function ||
                one->point->refused != NULL || one->last_line < other->first_line || other->last_line < one->first_line)
                continue;
            other->point->refused = "it shares the site of another call on its line";
            if (one->named.lock != other->named.lock)
                one->named = (struct named){.lock = -1, .variable = "", .pointer = true};
            if (other->last_line > one->last_line) one->last_line = other->last_line;
            if (other->needs > one->needs && other->needs <= one->offset) one->needs = other->needs;
        }
}

static void give_names(struct project *project, struct file *file)
{
    struct arena *arena = project->arena;
    for (size_t i = 0; i < file->points.count; i++) {
        struct point *point = file->points.items[i];
        unsigned same = 1;
        for (size_t j = i; j-- > 0 && file->points.items[j]->line == point->line;) same++;
        point->id = same == 1 ? arena_format(arena, "%s_%u", file->tag, point->line)
                              : arena_format(arena, "%s_%u_%u", file->tag, point->line, same);
        const char *word = point->kind == SITE_HAND_OVER ? "hand_over"
                           : point->kind == SITE_MADE    ? "made"
                                                         : lock_functions[point->function].name;
        point->name = arena_format(arena, "mutray_%s_%s", word, point->id);
        if (point->kept) point->id = arena_format(arena, "api_%s", word);
    }
}

/* Drops what is refused, or has no place for its declarations, and gives the others their places in the table. */
static void number_uses(struct project *project, struct file *file)
{
    size_t kept = 0;
    if (file->refused != NULL) file->creations.count = 0;
    for (size_t i = 0; i < file->uses.count; i++) {
        struct use *use = file->uses.items[i];
        const char *reason = use->point->refused != NULL ? use->point->refused : use->point->file->refused;
        if (reason == NULL && use->file->refused != NULL) reason = use->file->refused;
        if (reason == NULL && source_gap_for(&file->source, use->offset, use->needs) == NULL)
            reason = "there is no place for declarations in front of it";
        if (reason != NULL) {
            const char *word = project_word(use->point->kind, use->point->function);
            project_remark(project, file->relative, use->line, word, reason);
            if (!use->point->macro || use->point->file->refused != NULL) use->point->refused = reason;
            continue;
        }
        use->number = kept;
        file->uses.items[kept++] = use;
    }
    file->uses.count = kept;
    kept = 0;
    for (size_t i = 0; i < file->points.count; i++)
        if (file->points.items[i]->refused == NULL) file->points.items[kept++] = file->points.items[i];
    file->points.count = kept;
}

void project_complete(struct project *project)
{
    qsort(project->files.items, project->files.count, sizeof *project->files.items, compare_files);
    give_tags(project);
    for (size_t i = 0; i < project->files.count; i++) {
        struct file *file = project->files.items[i];
        qsort(file->points.items, file->points.count, sizeof *file->points.items, compare_points);
        give_names(project, file);
    }
    for (size_t i = 0; i < project->files.count; i++) {
        struct file *file = project->files.items[i];
        qsort(file->uses.items, file->uses.count, sizeof *file->uses.items, compare_uses);
        merge_kept(file);
        number_uses(project, file);
    }
    qsort(project->remarks.items, project->remarks.count, sizeof *project->remarks.items, compare_remarks);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Editing a file so that a person can still read it.
 *
 * A lock function's name is replaced by the site's; an argument that hands a lock over is wrapped. The header with the
 * sites is included behind the file's own includes, on a line that was blank where there is one, so that the lines keep
 * their numbers; else `#line` puts them right. If the calls are under conditions that the includes are not under, or
 * the includes are spread out, it is included more than once.
 */
#include "edit.h"

#include "headers.h"

#include <stdlib.h>
#include <string.h>

struct change {
    size_t offset, length; /* what is replaced; 0: inserted */
    size_t reach;          /* of an insertion that opens a bracket: where it closes; the outer one stands in front */
    bool closes;
    const char *text;
};

struct editing {
    struct arena *arena;
    struct file *file;
    LIST(struct change) changes;
    LIST(const struct gap *) gaps; /* where the header is included */
};

static struct change *add_change(struct editing *editing, size_t offset, size_t length, const char *text)
{
    *LIST_ADD(&editing->changes, editing->arena) = (struct change){.offset = offset, .length = length, .text = text};
    return &editing->changes.items[editing->changes.count - 1];
}

static const char *base_name_of(const struct file *file)
{
    const char *slash = strrchr(file->relative, '/');
    return slash == NULL ? file->relative : slash + 1;
}

/* Makes sure that the header is there for what stands at `offset`. */
static void include_for(struct editing *editing, size_t offset, size_t needs)
{
    const struct source *source = &editing->file->source;
    int branch = source_branch_at(source, offset);
    for (size_t i = 0; i < editing->gaps.count; i++) {
        const struct gap *gap = editing->gaps.items[i];
        if (gap->offset >= needs && gap->offset <= offset && source_encloses(source, gap->branch, branch)) return;
    }
    const struct gap *gap = source_gap_for(source, offset, needs);
    if (gap == NULL) return; /* project_complete() has seen to it that there is one */
    *LIST_ADD(&editing->gaps, editing->arena) = gap;
    const char *include = arena_format(editing->arena, "#include \"%s.mutray.h\"", base_name_of(editing->file));
    if (source_line_blank(source, gap->row)) add_change(editing, gap->offset, 0, include);
    else add_change(editing, gap->offset, 0, arena_format(editing->arena, "%s\n#line %zu\n", include, gap->row + 1));
}

static void include_end(struct editing *editing)
{
    const struct source *source = &editing->file->source;
    size_t at = source->body_end;
    bool newline = at > 0 && source->text.bytes[at - 1] == '\n';
    add_change(editing, at, 0, arena_format(editing->arena, "%s#include \"%s.mutray-end.h\"\n", newline ? "" : "\n",
                                            base_name_of(editing->file)));
}

static int compare_changes(const void *left, const void *right)
{
    const struct change *a = left, *b = right;
    if (a->offset != b->offset) return a->offset < b->offset ? -1 : 1;
    if (a->closes != b->closes) return a->closes ? -1 : 1;
    if ((a->length == 0) != (b->length == 0)) return a->length == 0 ? -1 : 1;
    return a->reach > b->reach ? -1 : a->reach < b->reach;
}

static void change_point(struct editing *editing, const struct point *point)
{
    if (point->kept) return;
    if (point->kind == SITE_CALL) {
        add_change(editing, point->offset, point->end - point->offset, point->name);
        return;
    }
    add_change(editing, point->offset, 0, arena_format(editing->arena, "%s(", point->name))->reach = point->end;
    add_change(editing, point->end, 0, ")")->closes = true;
}

bool file_edit(struct arena *arena, struct file *file, struct buffer *ret_text, bool *ret_several)
{
    struct editing editing = {.arena = arena, .file = file};
    for (size_t i = 0; i < file->uses.count; i++)
        include_for(&editing, file->uses.items[i]->offset, file->uses.items[i]->needs);
    for (size_t i = 0; i < file->points.count; i++) {
        include_for(&editing, file->points.items[i]->offset, 0);
        change_point(&editing, file->points.items[i]);
    }
    if (file_needs_end(file)) include_end(&editing);
    if (editing.changes.count == 0) return false;
    qsort(editing.changes.items, editing.changes.count, sizeof *editing.changes.items, compare_changes);
    const struct text *text = &file->source.text;
    size_t at = 0;
    for (size_t i = 0; i < editing.changes.count; i++) {
        const struct change *change = &editing.changes.items[i];
        buffer_add(arena, ret_text, text->bytes + at, change->offset - at);
        buffer_add(arena, ret_text, change->text, strlen(change->text));
        at = change->offset + change->length;
    }
    buffer_add(arena, ret_text, text->bytes + at, text->size - at);
    *ret_several = editing.gaps.count > 1;
    return true;
}

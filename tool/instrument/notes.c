/* SPDX-License-Identifier: Apache-2.0 */
/*
 * See notes.h. Comments are not in every text the engine works on (expanded text has none), so the lines are read from the
 * program's own files, each file once, and only if it has the word in it at all.
 */
#include "notes.h"

#include <string.h>

static const char marker[] = "mutray:";

struct notes_file {
    const char *path;
    struct text text; /* empty if there are no notes in it */
};

static const struct text *file_text(struct notes *notes, const char *path)
{
    for (size_t i = 0; i < notes->files.count; i++)
        if (strcmp(notes->files.items[i].path, path) == 0) return &notes->files.items[i].text;
    struct notes_file file = {.path = path};
    if (text_load(notes->arena, path, &file.text) != 0 || strstr(file.text.bytes, marker) == NULL)
        file.text = (struct text){0};
    *LIST_ADD(&notes->files, notes->arena) = file;
    return &notes->files.items[notes->files.count - 1].text;
}

/* What follows `mutray:` on the line, or NULL. */
static const char *note_at(struct notes *notes, struct place place)
{
    const struct text *text = file_text(notes, place.file);
    if (text->size == 0 || place.line == 0 || place.line > text->lines.count) return NULL;
    const char *line = text->bytes + text->lines.items[place.line - 1];
    const char *found = memmem(line, strcspn(line, "\n"), marker, strlen(marker));
    return found == NULL ? NULL : found + strlen(marker);
}

bool notes_ignore(struct notes *notes, struct place place)
{
    const char *note = note_at(notes, place);
    return note != NULL && strncmp(note, "ignore", 6) == 0;
}

const char *notes_name(struct notes *notes, struct place place)
{
    const char *note = note_at(notes, place);
    if (note == NULL || strncmp(note, "name ", 5) != 0) return NULL;
    note += 5 + strspn(note + 5, " \t");
    size_t length = strspn(note, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-");
    return length == 0 ? NULL : arena_copy(notes->arena, note, length);
}

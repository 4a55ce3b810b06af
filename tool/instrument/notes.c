/* SPDX-License-Identifier: Apache-2.0 */
/*
 * See notes.h. Not every text the engine works on has what the program's author wrote (expanded text has neither comments
 * nor macros), so the lines are read from the program's own files, each file once.
 */
#include "notes.h"

#include "lex.h"

#include <string.h>

static const char marker[] = "mutray:";

struct notes_file {
    const char *path;
    struct text text; /* empty if it cannot be read */
    bool notes;       /* there are some in it */
};

static const struct notes_file *find_file(struct notes *notes, const char *path)
{
    for (size_t i = 0; i < notes->files.count; i++)
        if (strcmp(notes->files.items[i].path, path) == 0) return &notes->files.items[i];
    struct notes_file file = {.path = path};
    if (text_load(notes->arena, path, &file.text) != 0) file.text = (struct text){0};
    file.notes = file.text.size != 0 && strstr(file.text.bytes, marker) != NULL;
    *LIST_ADD(&notes->files, notes->arena) = file;
    return &notes->files.items[notes->files.count - 1];
}

static const char *line_at(const struct text *text, unsigned line)
{
    return line == 0 || line > text->lines.count ? NULL : text->bytes + text->lines.items[line - 1];
}

/* What follows `mutray:` on the line, or NULL. */
static const char *note_at(struct notes *notes, struct place place)
{
    const struct notes_file *file = find_file(notes, place.file);
    const char *line = file->notes ? line_at(&file->text, place.line) : NULL;
    const char *found = line == NULL ? NULL : memmem(line, strcspn(line, "\n"), marker, strlen(marker));
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

bool notes_spell(struct notes *notes, struct place place, const char *word)
{
    const struct text *text = &find_file(notes, place.file)->text;
    const char *line = line_at(text, place.line);
    if (line == NULL) return true;
    struct lexer lexer;
    struct token token;
    lex_begin(&lexer, line, text->size - (size_t)(line - text->bytes));
    while ((token = lex_next(&lexer)).kind != TOKEN_END) {
        if (token.length == strlen(word) && memcmp(line + token.offset, word, token.length) == 0) return true;
        if (token_is(&lexer, token, ';') || token_is(&lexer, token, '{')) break;
    }
    return false;
}

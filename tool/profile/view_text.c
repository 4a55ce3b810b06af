/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table for people: a heading of two lines, one line for each lock. Columns are as wide as what is in them; where
 * the terminal is narrower, names are shortened first, in the middle, down to a limit, then the least wanted columns go
 * (`keep` in fields.def) and a line says so. Colour marks where to look: bold for what most of the waiting is on.
 */
#include "profile/view.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { NAME_MIN = 24, NAME_MAX_NARROW = 44, GAP = 2, KEEP_WHERE_NARROW = 6, KEEP_ALWAYS = 1 };

struct column {
    const struct mutray_field *field;
    size_t width;
};

struct layout {
    struct column *columns;
    size_t count;
    size_t dropped;
};

/* Columns a text takes: UTF-8 continuation bytes take none. */
static size_t text_width(const char *text)
{
    size_t width = 0;
    for (; *text != '\0'; text++) width += ((unsigned char)*text & 0xc0) != 0x80;
    return width;
}

static const char *cell(const struct mutray_field *field, const struct mutray_lock_row *row,
                        const struct mutray_table *table, struct mutray_number *number)
{
    if (strcmp(field->key, "name") == 0) return row->shown;
    union mutray_field_value value = field->value(row, table);
    if (field->unit == MUTRAY_UNIT_TEXT) return value.text[0] != '\0' ? value.text : "-";
    *number = mutray_field_number(field->unit, value.number);
    return number->text;
}

static size_t natural_width(const struct mutray_field *field, const struct mutray_table *table,
                            const struct mutray_rows *rows)
{
    size_t width = text_width(field->title);
    for (size_t i = 0; i < rows->count; i++) {
        struct mutray_number number;
        size_t this_width = text_width(cell(field, rows->items[i], table, &number));
        if (this_width > width) width = this_width;
    }
    return width;
}

static size_t total_width(const struct layout *layout)
{
    size_t width = 0;
    for (size_t i = 0; i < layout->count; i++) width += layout->columns[i].width + (i > 0 ? GAP : 0);
    return width;
}

/* Drops the least wanted columns until the table fits, none that is wanted as much as `keep`. */
static void drop_columns(struct layout *layout, size_t width, int keep)
{
    while (total_width(layout) > width) {
        size_t worst = 0;
        for (size_t i = 1; i < layout->count; i++) {
            if (layout->columns[i].field->keep >= layout->columns[worst].field->keep) worst = i;
        }
        if (layout->columns[worst].field->keep <= keep) return;
        layout->count--;
        layout->dropped++;
        memmove(layout->columns + worst, layout->columns + worst + 1,
                (layout->count - worst) * sizeof *layout->columns);
    }
}

/* Makes texts shorter, to `limit` at the least, until the table fits. */
static void shorten(struct layout *layout, size_t width, size_t limit)
{
    for (size_t i = 0; i < layout->count && total_width(layout) > width; i++) {
        struct column *column = &layout->columns[i];
        if (column->field->unit != MUTRAY_UNIT_TEXT || column->width <= limit) continue;
        size_t excess = total_width(layout) - width;
        column->width = column->width - limit < excess ? limit : column->width - excess;
    }
}

static void fit(struct layout *layout, size_t width)
{
    shorten(layout, width, NAME_MAX_NARROW);
    drop_columns(layout, width, KEEP_WHERE_NARROW);
    shorten(layout, width, NAME_MIN);
    drop_columns(layout, width, KEEP_ALWAYS);
}

/* Left-aligned for text, right-aligned for numbers; a text that is too long loses its middle. */
static void print_cell(const char *text, size_t width, bool left, bool last, FILE *out)
{
    size_t actual = text_width(text);
    if (actual > width) {
        size_t head = (width - 2) / 3, tail = width - 2 - head, position = 0;
        for (const char *c = text; *c != '\0'; c++) {
            if (((unsigned char)*c & 0xc0) != 0x80) {
                if (position == head) fputs("..", out);
                position++;
            }
            if (position <= head || position > actual - tail) mutray_view_word((const char[]){*c, '\0'}, out);
        }
        return;
    }
    if (!left) fprintf(out, "%*s", (int)(width - actual), "");
    mutray_view_word(text, out);
    if (left && !last) fprintf(out, "%*s", (int)(width - actual), "");
}

/* The groups: "----- wait -----" above the columns that have it. */
static void print_groups(const struct layout *layout, FILE *out)
{
    size_t pending = 0;
    bool any = false;
    for (size_t i = 0; i < layout->count; i++) any |= layout->columns[i].field->group[0] != '\0';
    if (!any) return;
    for (size_t i = 0; i < layout->count;) {
        const char *group = layout->columns[i].field->group;
        size_t width = layout->columns[i].width, gap = i > 0 ? GAP : 0;
        for (i++; i < layout->count && strcmp(layout->columns[i].field->group, group) == 0; i++) {
            width += layout->columns[i].width + GAP;
        }
        pending += gap;
        if (group[0] == '\0') {
            pending += width;
            continue;
        }
        size_t length = text_width(group), dashes = width > length + 2 ? width - length - 2 : 0;
        fprintf(out, "%*s", (int)pending, "");
        for (size_t d = 0; d < dashes / 2; d++) fputc('-', out);
        fprintf(out, dashes > 0 ? " %s " : "%s", group);
        for (size_t d = dashes / 2; d < dashes; d++) fputc('-', out);
        if (dashes == 0) fprintf(out, "%*s", (int)(width - length), "");
        pending = 0;
    }
    fputc('\n', out);
}

static void print_row(const struct layout *layout, const struct mutray_lock_row *row, const struct mutray_table *table,
                      bool bold, FILE *out)
{
    if (bold) fputs("\033[1m", out);
    for (size_t i = 0; i < layout->count; i++) {
        const struct mutray_field *field = layout->columns[i].field;
        struct mutray_number number;
        const char *text = row != NULL ? cell(field, row, table, &number) : field->title;
        if (i > 0) fprintf(out, "%*s", GAP, "");
        print_cell(text, layout->columns[i].width, field->unit == MUTRAY_UNIT_TEXT, i + 1 == layout->count, out);
    }
    fputs(bold ? "\033[0m\n" : "\n", out);
}

/* The locks that together have most of the waiting are where to look. */
static bool is_hot(const struct mutray_lock_row *row, double all_waits)
{
    return all_waits > 0 && row->wait_ns > all_waits / 4;
}

void mutray_view_text(const struct mutray_table *table, const struct mutray_view *view, FILE *out)
{
    struct mutray_rows rows = mutray_view_rows(table, view);
    struct mutray_field_list fields = mutray_field_list(view->fields);
    struct layout layout = {mutray_calloc(fields.count, sizeof *layout.columns), fields.count, 0};
    bool colour = mutray_view_colour(out);
    unsigned width = mutray_view_width(out);
    double all_waits = 0;
    for (size_t i = 0; i < table->count; i++) all_waits += table->locks[i]->wait_ns;
    for (size_t i = 0; i < fields.count; i++) {
        layout.columns[i] = (struct column){fields.items[i], natural_width(fields.items[i], table, &rows)};
    }
    if (width > 0) fit(&layout, width);
    if (rows.count == 0) {
        mutray_view_empty(table, view, out);
    } else {
        if (colour) fputs("\033[2m", out);
        print_groups(&layout, out);
        print_row(&layout, NULL, table, false, out);
        if (colour) fputs("\033[0m", out);
    }
    for (size_t i = 0; i < rows.count; i++) {
        print_row(&layout, rows.items[i], table, colour && is_hot(rows.items[i], all_waits), out);
        if (view->sites) mutray_view_sites(rows.items[i], out);
    }
    if (layout.dropped > 0) {
        fprintf(out, "(%zu columns do not fit; a wider terminal, --fields or COLUMNS=200 shows them)\n",
                layout.dropped);
    }
    mutray_view_footer(table, &rows, out);
    free(layout.columns);
    free(fields.items);
    free(rows.items);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Ways to show a table of locks. */
#ifndef MUTRAY_PROFILE_VIEW_H
#define MUTRAY_PROFILE_VIEW_H

#include "base/json.h"
#include "profile/fields.h"

/* The rows that are shown, in their order. */
struct mutray_rows {
    const struct mutray_lock_row **items;
    size_t count, left_out; /* left out: by --top */
};

struct mutray_view {
    const char *fields; /* as for mutray_field_list() */
    const char *sort;   /* a field's key; null: wait_total */
    const char *filter; /* regular expression; null: everything */
    unsigned top;       /* 0: all */
    bool sites;
};

/* Chooses and orders the rows; dies on a bad filter or field. */
struct mutray_rows mutray_view_rows(const struct mutray_table *table, const struct mutray_view *view);

/* The table with its footer, for people. Width and colour come from the stream it goes to. */
void mutray_view_text(const struct mutray_table *table, const struct mutray_view *view, FILE *out);
void mutray_view_json(const struct mutray_table *table, const struct mutray_view *view, FILE *out);
/* Members "run" and "locks" of the JSON, for those who write an object with more. */
void mutray_view_json_members(struct mutray_json *json, const struct mutray_table *table,
                              const struct mutray_rows *rows);
void mutray_view_csv(const struct mutray_table *table, const struct mutray_view *view, FILE *out);

/* Parts of the text view. */
void mutray_view_sites(const struct mutray_lock_row *lock, FILE *out);
void mutray_view_footer(const struct mutray_table *table, const struct mutray_rows *rows, FILE *out);
/* Why there is nothing in the table. */
void mutray_view_empty(const struct mutray_table *table, const struct mutray_view *view, FILE *out);

/* Text from a profile without what could drive a terminal. */
void mutray_view_word(const char *text, FILE *out);

/* A text as a CSV value. */
void mutray_view_csv_text(const char *text, FILE *out);

/* Columns of the terminal behind `out`, or COLUMNS; 0: no limit. */
unsigned mutray_view_width(FILE *out);
bool mutray_view_colour(FILE *out);

#endif

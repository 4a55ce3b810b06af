/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pieces of C that instrumented text is made of, for its two writers: emit.c (the text of a unit on its way to the
 * compiler) and tool/rewrite (headers beside the sources).
 */
#ifndef MUTRAY_INSTRUMENT_EMIT_H
#define MUTRAY_INSTRUMENT_EMIT_H

#include "unit.h"

/* The structures of abi.h, under names that no program has; a test compares the two. */
extern const char emit_structures[];
/* Declares what a module and the runtime share. */
extern const char emit_module[];
/* Defines mutray__thread_pointer(variable) where the processor is known. Has directives. */
extern const char emit_thread_pointer[];

/* The inline function `name` that stands for lock function `number`; `site` and `plain` (what it calls while profiling
 * is off) are expressions. The caller writes the storage class in front. */
void emit_call(struct arena *arena, struct buffer *text, int number, const char *name, const char *site,
               const char *plain);
/* The function mutray__ref_NUMBER, for pointers to it; `name` is an inline function as above. */
void emit_reference(struct arena *arena, struct buffer *text, int number, const char *name);
/* The members `what` and `flags` of a site. */
int emit_what(const struct site *site);
int emit_flags(const struct named *named);
/* One line of text for `mutray status`, in a section that is not loaded. */
void emit_record(struct arena *arena, struct buffer *text, const char *line);
/* A C string constant that means `string` in every dialect, with trigraphs or without. */
const char *emit_quoted(struct arena *arena, const char *string);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* The headers that stand beside a mirror's sources. */
#ifndef MUTRAY_REWRITE_HEADERS_H
#define MUTRAY_REWRITE_HEADERS_H

#include "project.h"

/* In the mirror's root: what all the others need. */
#define COMMON_HEADER "mutray-mirror.h"

/* FILE.mutray.h, included behind the file's own includes: its sites. */
bool file_needs_header(const struct file *file);
void write_header(struct arena *arena, const struct file *file, bool several, struct buffer *ret_text);
/* FILE.mutray-end.h, included at its end: the locks that its definitions make. */
bool file_needs_end(const struct file *file);
void write_end(struct arena *arena, const struct file *file, struct buffer *ret_text);
void write_common_header(struct arena *arena, struct buffer *ret_text);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* A file's text with its calls renamed and its headers included. */
#ifndef MUTRAY_REWRITE_EDIT_H
#define MUTRAY_REWRITE_EDIT_H

#include "project.h"

/* The edited text; false if nothing needs editing. `ret_several` says that the header is included more than once. */
bool file_edit(struct arena *arena, struct file *file, struct buffer *ret_text, bool *ret_several);

#endif

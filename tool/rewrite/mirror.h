/* SPDX-License-Identifier: Apache-2.0 */
/* Writing the mirror of a project. */
#ifndef MUTRAY_REWRITE_MIRROR_H
#define MUTRAY_REWRITE_MIRROR_H

#include "manifest.h"
#include "project.h"

/* Dies with a message if `tree` has something in it and is not a mirror, or is around the root. */
void mirror_check(const char *root, const char *tree);
/* Writes everything; returns the number of files edited. */
size_t mirror_write(struct project *project, const char *tree);

#endif

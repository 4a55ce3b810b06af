/* SPDX-License-Identifier: Apache-2.0 */
/* From a command to what its unit says of the project's files. */
#ifndef MUTRAY_REWRITE_ANALYSE_H
#define MUTRAY_REWRITE_ANALYSE_H

#include "commands.h"
#include "project.h"

/* Preprocesses and parses the unit and adds what it finds to the project. What goes wrong becomes a remark. */
void analyse(struct project *project, const struct command *command);

#endif

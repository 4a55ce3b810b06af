/* SPDX-License-Identifier: Apache-2.0 */
/*
 * DEPENDENCIES_OUTPUT and SUNPRO_DEPENDENCIES: files that GCC's cc1 appends the headers of each unit to, if the environment
 * names them. mutray runs it several times for one unit, and the unit must be there once.
 */
#ifndef MUTRAY_DRIVER_DEPENDENCIES_H
#define MUTRAY_DRIVER_DEPENDENCIES_H

#include <stdbool.h>

/* From here on commands that are run do not write there. */
void dependencies_hide(void);
/* From here on they do, if that has not been done. True if there is anything to write. */
bool dependencies_show(void);
/* It has been done. */
void dependencies_done(void);

#endif

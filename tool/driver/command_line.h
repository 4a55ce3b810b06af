/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a compiler command asks for, as far as it decides whether mutray takes part.
 *
 * The compiler's own driver will work out everything else (see gcc_unit.h's neighbours), so the only question here is:
 * is this a build making a thing, or somebody asking the compiler a question? Configure scripts compile thousands of
 * questions. They must get the plain compiler's answers, and there is nothing in them to profile.
 */
#ifndef MUTRAY_DRIVER_COMMAND_LINE_H
#define MUTRAY_DRIVER_COMMAND_LINE_H

/* `arguments` are those after the compiler's name. Null if mutray takes part, else why not. */
const char *command_line_unfit(char *const *arguments);

#endif

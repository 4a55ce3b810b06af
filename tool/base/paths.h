/* SPDX-License-Identifier: Apache-2.0 */
/* Where the tool's own parts are: beside the running program, so that a build tree and a moved installation both work.
 */
#ifndef MUTRAY_BASE_PATHS_H
#define MUTRAY_BASE_PATHS_H

/* Each is a new string the caller frees, or null when there is no such file. */
char *mutray_path_program(const char *name); /* "mutray-edit" -> /usr/bin/mutray-edit */
char *mutray_path_library(const char *name); /* "libmutray.so" -> /usr/lib/libmutray.so */
char *mutray_path_manual(const char *page);  /* "mutray-report.1" -> /usr/share/man/man1/mutray-report.1 */
char *mutray_path_find(const char *name);    /* the file that execvp() would run: "gcc" -> /usr/bin/gcc */

#endif

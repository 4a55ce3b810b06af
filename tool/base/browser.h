/* SPDX-License-Identifier: Apache-2.0 */
/* Opening a page in the user's browser. */
#ifndef MUTRAY_BASE_BROWSER_H
#define MUTRAY_BASE_BROWSER_H

/*
 * Starts a browser on the file and leaves it running: one of BROWSER (commands with ':' between them, "%s" for the
 * page, else it comes last; the first that can be started), or xdg-open if that is not set. `environment` is the
 * browser's. 0, or -errno if none could be started.
 */
int mutray_browser_open(const char *path, char *const *environment);

#endif

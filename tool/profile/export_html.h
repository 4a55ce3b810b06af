/* SPDX-License-Identifier: Apache-2.0 */
/* Parts of the page's data. */
#ifndef MUTRAY_PROFILE_EXPORT_HTML_H
#define MUTRAY_PROFILE_EXPORT_HTML_H

#include "base/json.h"
#include "profile/stacks.h"

/* "intervals": what each file adds to each lock, for the timeline. */
void mutray_html_intervals(struct mutray_json *json, const struct mutray_stacks *stacks);
/* "sources": some lines around each call, of files that can be read here and now; relative names from `folder` on. */
void mutray_html_sources(struct mutray_json *json, const struct mutray_stacks *stacks, const char *folder);

#endif

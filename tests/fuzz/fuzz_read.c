/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes as a profile: read, added up, shown in every form. Nothing may crash, leak, hang or read outside; what is
 * shown goes to /dev/null. A fuzzer's entry point; standalone.c runs it over the corpus under any compiler.
 */
#include "profile/export.h"
#include "profile/view.h"

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static FILE *out;
    struct mutray_error error;
    struct mutray_profile *profile;
    if (out == NULL && (out = fopen("/dev/null", "w")) == NULL) abort();
    if (mutray_profile_parse(bytes, size, &error, &profile) < 0) return 0;
    struct mutray_table *table = mutray_table_new();
    int result = mutray_table_add(table, profile, &error);
    mutray_profile_free(profile);
    mutray_table_finish(table);
    if (result == 0) {
        const struct mutray_view view = {.sites = true}, wide = {.fields = "all"};
        mutray_view_text(table, &view, out);
        mutray_view_csv(table, &wide, out);
        mutray_view_json(table, &view, out);
    }
    mutray_table_free(table);
    return 0;
}

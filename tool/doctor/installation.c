/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether all parts of mutray are there, where this program finds them, and of its own version: each carries that in a
 * section (runtime/version_mark.c). Parts of two installations side by side are a classic among support cases.
 */
#include "doctor.h"

#include "base/paths.h"
#include "base/say.h"
#include "driver/sections.h"

#include <stdlib.h>
#include <string.h>

static const struct piece {
    const char *name;
    bool is_library;
    const char *without; /* what does not work then */
    bool needed;         /* for profiling at all */
} pieces[] = {
    {"mutray-stage", false, "nothing is instrumented by `mutray cc`", true},
    {"mutray-edit", false, "nothing is instrumented by `mutray cc`", true},
    {"mutray-rewrite", false, "`mutray rewrite` does not work", false},
    {"mutray-send", false, "`mutray push` and a part of this examination do not work", false},
    {"libmutray.so", true, "programs are not profiled", true},
    {"libmutray-export.so", true, "programs are not profiled", true},
    {"libmutray-upload.so", true, "profiles are not uploaded, only written to files", false},
};

static void take_version(void *context, const char *member, const unsigned char *bytes, size_t size)
{
    (void)member;
    snprintf(context, 32, "%.*s", (int)(size < 31 ? size : 31), (const char *)bytes);
}

static void check(struct doctor *doctor, const struct piece *piece)
{
    char version[32] = "";
    char *path = piece->is_library ? mutray_path_library(piece->name) : mutray_path_program(piece->name);
    enum doctor_state trouble = piece->needed ? DOCTOR_BAD : DOCTOR_NOTE;
    if (path == NULL) {
        doctor_add(doctor, DOCTOR_installation, trouble, piece->name,
                   "not there, so %s; install mutray again, all of it", piece->without);
        return;
    }
    int error = sections_each(path, ".mutray.version", take_version, version);
    if (error == 0 && strcmp(version, MUTRAY_VERSION) == 0)
        doctor_add(doctor, DOCTOR_installation, DOCTOR_GOOD, piece->name, "%s", path);
    else
        doctor_add(doctor, DOCTOR_installation, trouble, piece->name,
                   "%s is of version %s, this is %s; install all parts from one mutray", path,
                   version[0] != '\0' ? version : "unknown", MUTRAY_VERSION);
    free(path);
}

void doctor_check_installation(struct doctor *doctor)
{
    doctor_add(doctor, DOCTOR_installation, DOCTOR_GOOD, "mutray", "version %s", MUTRAY_VERSION);
    for (size_t i = 0; i < sizeof pieces / sizeof pieces[0]; i++) check(doctor, &pieces[i]);
}

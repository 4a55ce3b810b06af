/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether all parts of mutray are there, where this program finds them, and of its own version: each carries that in a
 * section (runtime/version_mark.c). Parts of two installations side by side are a classic among support cases. What the
 * runtime loads must also find the libraries it stands on.
 */
#include "doctor.h"

#include "base/paths.h"
#include "base/say.h"
#include "driver/sections.h"

#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

static const struct piece {
    const char *name;
    bool is_library;
    const char *without; /* what does not work then */
    enum { ESSENTIAL, USEFUL, ON_REQUEST } need; /* for profiling; on request: only if MUTRAY_LINES is set */
    bool loaded;                                 /* by the runtime, when profiling is on */
} pieces[] = {
    {"mutray-stage", false, "nothing is instrumented by `mutray cc`", ESSENTIAL, false},
    {"mutray-edit", false, "nothing is instrumented by `mutray cc`", ESSENTIAL, false},
    {"mutray-rewrite", false, "`mutray rewrite` does not work", USEFUL, false},
    {"mutray-send", false, "`mutray push` and a part of this examination do not work", USEFUL, false},
    {"libmutray.so", true, "programs are not profiled", ESSENTIAL, false},
    {"libmutray-export.so", true, "programs are not profiled", ESSENTIAL, true},
    {"libmutray-upload.so", true, "profiles are not uploaded, only written to files", USEFUL, true},
    {"libmutray-lines.so", true, "callers have no file and line", ON_REQUEST, true},
};

static void take_version(void *context, const char *member, const unsigned char *bytes, size_t size)
{
    (void)member;
    snprintf(context, 32, "%.*s", (int)(size < 31 ? size : 31), (const char *)bytes);
}

/* Why the dynamic loader refuses a library, or null. */
static const char *why_not_loaded(const char *path)
{
    void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (library == NULL)
        return dlerror();
    dlclose(library);
    return NULL;
}

static void check_file(struct doctor *doctor, const struct piece *piece, enum doctor_state trouble, const char *path)
{
    char version[32] = "";
    int error = sections_each(path, ".mutray.version", take_version, version);
    if (error != 0 || strcmp(version, MUTRAY_VERSION) != 0) {
        doctor_add(doctor, DOCTOR_installation, trouble, piece->name,
                   "%s is of version %s, this is %s; install all parts from one mutray", path,
                   version[0] != '\0' ? version : "unknown", MUTRAY_VERSION);
        return;
    }
    const char *why = piece->loaded ? why_not_loaded(path) : NULL;
    if (why != NULL)
        doctor_add(doctor, DOCTOR_installation, trouble, piece->name, "cannot be loaded, so %s: %s; install what it needs",
                   piece->without, why);
    else
        doctor_add(doctor, DOCTOR_installation, DOCTOR_GOOD, piece->name, "%s", path);
}

static void check(struct doctor *doctor, const struct piece *piece)
{
    char *path = piece->is_library ? mutray_path_library(piece->name) : mutray_path_program(piece->name);
    enum doctor_state trouble = piece->need == ESSENTIAL ? DOCTOR_BAD : DOCTOR_NOTE;
    if (path != NULL)
        check_file(doctor, piece, trouble, path);
    else
        doctor_add(doctor, DOCTOR_installation, trouble, piece->name,
                   "not there, so %s; install mutray again, all of it", piece->without);
    free(path);
}

void doctor_check_installation(struct doctor *doctor)
{
    doctor_add(doctor, DOCTOR_installation, DOCTOR_GOOD, "mutray", "version %s", MUTRAY_VERSION);
    for (size_t i = 0; i < sizeof pieces / sizeof pieces[0]; i++)
        if (pieces[i].need != ON_REQUEST || doctor->options.lines)
            check(doctor, &pieces[i]);
}

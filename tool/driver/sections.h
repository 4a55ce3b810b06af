/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Finding a section by name in object code: ELF of either class and byte order (a cross compiler's objects are read as
 * well), and archives of such files, thin ones too. Nothing in the file is trusted.
 */
#ifndef MUTRAY_DRIVER_SECTIONS_H
#define MUTRAY_DRIVER_SECTIONS_H

#include <stddef.h>

/* Called for each section: the name of the archive's member or null, and the bytes, which are gone afterwards. */
typedef void sections_found(void *context, const char *member, const unsigned char *bytes, size_t size);

/* 0; -ENOEXEC where the file is neither ELF nor an archive; -EBADMSG where it claims to be and is damaged; -errno. */
int sections_each(const char *path, const char *name, sections_found *found, void *context);

#endif

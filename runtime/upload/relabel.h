/* SPDX-License-Identifier: Apache-2.0 */
/* A profile whose label keys are names: letters, digits and underscores. */
#ifndef MUTRAY_RELABEL_H
#define MUTRAY_RELABEL_H

#include <stddef.h>

/*
 * A copy of a gzipped profile in which the keys of labels have underscores for all else: "lock name" becomes
 * "lock_name". 0, and *ret_bytes is for free(); -EINVAL if it is no profile; -ENOMEM.
 */
int mutray__relabel(const void *bytes, size_t size, void **ret_bytes, size_t *ret_size);

#endif

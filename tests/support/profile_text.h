/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Profiles for tests, written down as text. Lines:
 *
 *   types wait acquire hold release       sample types by short name (or "python": the 19 of Datadog's Python client)
 *   time START_NS DURATION_NS
 *   comment WORD                          up to the end of the line
 *   sample KEY=VALUE ...                  wait= acquire= hold= release= values; frames=FILE:LINE:FUNCTION,... (leaf
 * first); any other key is a label, '_' standing for a space: lock_name=a.c:1:m thread_native_id=12. In values '+'
 * stands for a space.
 */
#ifndef MUTRAY_TESTS_PROFILE_TEXT_H
#define MUTRAY_TESTS_PROFILE_TEXT_H

#include <stddef.h>
#include <stdint.h>

/* The packed pprof message; the caller frees it. Aborts on a line it does not know: tests are to be right. */
uint8_t *mutray_test_profile(const char *text, size_t *ret_size);
uint8_t *mutray_test_gzip(const uint8_t *bytes, size_t size, size_t *ret_size);

#endif

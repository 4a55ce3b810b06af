/* SPDX-License-Identifier: Apache-2.0 */
/* The declarations that edited text begins with, for the test that compares them with abi.h. */
#ifndef MUTRAY_INSTRUMENT_EMIT_H
#define MUTRAY_INSTRUMENT_EMIT_H

#include "unit.h"

extern const char emit_structures[];

#endif

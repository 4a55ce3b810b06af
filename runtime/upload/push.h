/* SPDX-License-Identifier: Apache-2.0 */
/* The requests of Pyroscope and Parca: JSON with the profile in base64. */
#ifndef MUTRAY_PUSH_H
#define MUTRAY_PUSH_H

#include "destination.h"
#include "event.h"

/* The body for a destination of that kind; free() it. Null: no memory. */
char *mutray__push_json(enum mutray__destination_kind kind, const struct mutray__shipment *event);
/* For free(): `bytes` as base64. Null: no memory. */
char *mutray__base64(const void *bytes, size_t size);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FAKE_RECORD_H
#define FAKE_RECORD_H

#define FAKE_RECORD_EXPORTED __attribute__((visibility("default")))

/* Something to be recorded happened. */
FAKE_RECORD_EXPORTED void fake_record_event(void);
/* Whether recording was started. */
FAKE_RECORD_EXPORTED int fake_record_is_on(void);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* A queue that counts: see main.c. */
#ifndef QUEUE_H
#define QUEUE_H

void queue_add(int jobs);
int queue_length(void);

#endif

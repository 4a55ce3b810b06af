/* SPDX-License-Identifier: Apache-2.0 */
/* What the rows call in other files of the program: wrapper.c, excluded.c, left_out.c. */
#ifndef OTHERS_H
#define OTHERS_H

#include "kind.h"

void my_lock_make(lock_type *m);
void my_lock_take(lock_type *m);
void my_lock_leave(lock_type *m);
void my_lock_end(lock_type *m);

void work_in_an_excluded_file(void);
void work_in_a_file_left_out(lock_type *callers);

#endif

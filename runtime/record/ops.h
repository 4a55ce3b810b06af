/* SPDX-License-Identifier: Apache-2.0 */
/* The functions that instrumented calls go through while profiling is on; see ops.c. */
#ifndef MUTRAY_OPS_H
#define MUTRAY_OPS_H

/* In the order of functions.def; each has the lock function's parameters and then the site. */
extern void (*const mutray__ops_on[])(void);

#endif

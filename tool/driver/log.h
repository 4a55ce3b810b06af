/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Diagnostics of the driver itself, for whoever asks "why was this not instrumented?".
 *
 * A compiler's words belong to the compiler: build systems and configure scripts read them. So the driver is silent,
 * unless MUTRAY_CC_LOG names a file (lines are appended; parallel compilations do not tear them) or says `stderr`.
 */
#ifndef MUTRAY_DRIVER_LOG_H
#define MUTRAY_DRIVER_LOG_H

void log_line(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif

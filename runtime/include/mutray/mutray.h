/* SPDX-License-Identifier: Apache-2.0 */
/* mutray's public interface. A program needs none of it to be profiled. Link with -lmutray. */
#ifndef MUTRAY_H
#define MUTRAY_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define MUTRAY_API __attribute__((visibility("default")))
#define MUTRAY_WEAK __attribute__((weak))
#else
#define MUTRAY_API
#define MUTRAY_WEAK
#endif

/*
 * Writes out what was recorded since the last profile, as at the end of a period: to the file if there is one, then one
 * attempt to upload. Waits for both, ten seconds at most. Not for signal handlers.
 * 0; -ENOTSUP if profiling is off; -ETIMEDOUT; why the file could not be written; or, if only the upload failed,
 * -EAGAIN if it is tried again in the next period, -EREMOTEIO if the receiver refused it, -ENOTCONN if there is a file
 * but no uploading, for want of libmutray-upload.so or of a destination that can be understood. errno is left alone.
 */
MUTRAY_API int mutray_flush(void);

/*
 * Tells what the calling thread works on from now on: a span of a trace, and the first span of that trace in this
 * process, as the tracer numbers them. Until the next call the thread's lock events have both as labels; (0, 0): no span.
 * Costs a few stores, whether profiling is on or off, and may be called by signal handlers. It is weak: a program that is
 * linked without -lmutray, or run without the runtime, may call it and nothing happens. Events for whose spans a profile
 * has no room are counted (apart_folded), and added up without them.
 */
MUTRAY_API MUTRAY_WEAK void mutray_set_span(uint64_t span_id, uint64_t local_root_span_id);
#if defined(__GNUC__)
#define mutray_set_span(span_id, local_root_span_id)                                                                   \
    (mutray_set_span ? mutray_set_span((span_id), (local_root_span_id)) : (void)0)
#endif

/* "0.1.0" */
MUTRAY_API const char *mutray_version(void);

#ifdef __cplusplus
}
#endif

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* mutray's public interface. A program needs none of it to be profiled. Link with -lmutray. */
#ifndef MUTRAY_H
#define MUTRAY_H

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define MUTRAY_API __attribute__((visibility("default")))
#else
#define MUTRAY_API
#endif

/*
 * Writes out what was recorded since the last profile, as at the end of a period: to the file if there is one, then one
 * attempt to upload. Waits for both, ten seconds at most. Not for signal handlers.
 * 0; -ENOTSUP if profiling is off; -ETIMEDOUT; why the file could not be written; or, if only the upload failed,
 * -EAGAIN if it is tried again in the next period, -EREMOTEIO if the receiver refused it, -ENOTCONN if there is a file
 * but no uploading, for want of libmutray-upload.so or of a destination that can be understood. errno is left alone.
 */
MUTRAY_API int mutray_flush(void);

/* "0.1.0" */
MUTRAY_API const char *mutray_version(void);

#ifdef __cplusplus
}
#endif

#endif

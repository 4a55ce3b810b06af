/* SPDX-License-Identifier: Apache-2.0 */
/* A library that does nothing, in the runtime's place. */
typedef int nothing;

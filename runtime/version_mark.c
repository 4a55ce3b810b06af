/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The version that each of mutray's programs and libraries carries as a section, where `mutray doctor` reads it without
 * running or loading anything.
 */
__attribute__((used, section(".mutray.version"))) static const char version_mark[] = MUTRAY_VERSION;

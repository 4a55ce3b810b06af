/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a mirror says about itself. The manifest is lines of a word and a path: `root` the project's folder, `edited` a
 * file that differs from the original, `wrote` every file that was written.
 */
#ifndef MUTRAY_REWRITE_MANIFEST_H
#define MUTRAY_REWRITE_MANIFEST_H

#define MIRROR_FOLDER ".mutray-rewrite"
#define MIRROR_MANIFEST MIRROR_FOLDER "/manifest"
#define MIRROR_REPORT MIRROR_FOLDER "/report"

#endif

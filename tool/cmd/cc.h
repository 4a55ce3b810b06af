/* SPDX-License-Identifier: Apache-2.0 */
/* What main() does when it is started as mutray-cc. */
#ifndef MUTRAY_CMD_CC_H
#define MUTRAY_CMD_CC_H

int mutray_cc_as_compiler(int argc, char **argv);

#endif

#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# build_cc.sh FOLDER_OF_MUTRAY COMPILER KIND=FOLDER... - builds the catalogue with `mutray-cc COMPILER`.
set -eu
mutray=$1 compiler=$2
shift 2
for variant in "$@"; do
    make -s -B -C "$(dirname "$0")" KIND="${variant%%=*}" O="${variant#*=}" CC="$mutray/mutray-cc $compiler" \
        PLAIN_CC="$compiler"
done

#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# build_rewrite.sh FOLDER_OF_MUTRAY COMPILER KIND=FOLDER... - writes the catalogue with `mutray rewrite` and builds that.
set -eu
mutray=$1 compiler=$2
here=$(cd "$(dirname "$0")" && pwd)
shift 2
for variant in "$@"; do
    kind=${variant%%=*} folder=${variant#*=}
    rm -rf "$folder"
    make -s -C "$here" KIND="$kind" O="$folder" CC="$compiler" "$folder/compile_commands.json"
    "$mutray/mutray" rewrite -p "$folder" --root "$here" --out "$folder/tree"
    make -s -C "$here" KIND="$kind" O="$folder" S="$folder/tree" CC="$compiler" PLAIN_CC="$compiler" \
        LDLIBS="-L$mutray/../lib -Wl,--no-as-needed -lmutray -Wl,-rpath,$mutray/../lib"
done

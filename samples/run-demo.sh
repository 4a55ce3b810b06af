#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# run-demo.sh - from a fresh clone to a table of named locks: installs what is missing (Debian), builds mutray, builds
# samples/shop through it, runs the shop for some seconds and shows where its threads waited.
set -eu
cd "$(dirname "$0")/.."
./cmake/install-packages.sh build

echo "Building mutray in $PWD/build ..."
# A folder that is configured already, perhaps for the tests, stays as it is.
[ -e build/CMakeCache.txt ] || cmake --preset release -DMUTRAY_TESTS=OFF >/dev/null
cmake --build --preset release >build/build.log || { cat build/build.log; exit 1; }

echo "Building samples/shop: make CC=\"mutray-cc gcc\""
PATH=$PWD/build/bin:$PATH
make -s -B -C samples/shop BUILD="$PWD/build/shop" CC="mutray-cc gcc"

profiles=build/shop/profiles
rm -rf $profiles
echo "Running build/shop/shop 3 4: three seconds, four clerks"
echo
mutray run --keep $profiles -- build/shop/shop 3 4

echo
echo "The profile:    $(ls $profiles/*.pprof)"
echo "Look further:   build/bin/mutray report --sites $profiles/*.pprof"
echo "                go tool pprof -http=: $profiles/*.pprof"
echo "What is named:  build/bin/mutray status build/shop"

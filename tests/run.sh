#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# run.sh [CTEST ARGUMENTS] - installs what is missing, builds mutray and runs its tests; the exit status is ctest's.
# For example: tests/run.sh -L unit. Tests that were skipped are named by ctest, and why at the end.
set -eu
cd "$(dirname "$0")/.."
./cmake/install-packages.sh build test
cmake --preset release -DMUTRAY_TESTS=ON
cmake --build --preset release
status=0
ctest --test-dir build --output-on-failure --no-tests=error -j2 "$@" || status=$?
sed -n 's/^skipped: /not run: /p' build/Testing/Temporary/LastTest.log
exit $status

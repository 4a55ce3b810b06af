#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The runtime for aarch64: builds what runs in the program's threads, and what ties it to the process, without a warning;
# and runs the recorder's tests under qemu. What differs there is skipped by name, skips.def says why. It takes Debian's
# gcc-aarch64-linux-gnu and qemu-user. Usage: run.sh [FOLDER TO BUILD IN]
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
out=${1:-$root/build/aarch64}
mkdir -p "$out"
cc="aarch64-linux-gnu-gcc -std=c11 -D_GNU_SOURCE -DMUTRAY_VERSION=\"aarch64\" -O2 -g -fPIC -fno-omit-frame-pointer
    -Wall -Wextra -Werror -I$root/tests/musl -I$root/runtime/include -I$root/runtime/record -I$root/runtime/export"

. "$root/tests/lib/runtime.sh"
echo "ok      the runtime builds"

status=0
for source in "$root"/tests/record/test_*.c; do
    test=$out/$(basename "$source" .c)
    # shellcheck disable=SC2086
    $cc -Wno-unused "-DMODULE=\"$out/module.so\"" "-DMUTRAY_SKIPS=\"$root/tests/aarch64/skips.def\"" "$source" \
        $objects -rdynamic -o "$test" -lm
    echo "== $(basename "$test")"
    timeout ${LIMIT:-300} qemu-aarch64 -L /usr/aarch64-linux-gnu "$test" || status=1
done
exit $status

#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The runtime on musl: builds what runs in the program's threads, and what ties it to the process, without a warning; and
# runs the recorder's tests. What differs is skipped by name, skips.def says why. The encoder needs protobuf-c and zlib
# for musl, which Debian does not have. Usage: run.sh [FOLDER TO BUILD IN [BIN OF A BUILT MUTRAY]]
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
out=${1:-$root/build/musl}
mkdir -p "$out"
cc="musl-gcc -std=c11 -D_GNU_SOURCE -DMUTRAY_VERSION=\"musl\" -O2 -g -fPIC -fno-omit-frame-pointer -Wall -Wextra -Werror
    -I$root/tests/musl -I$root/runtime/include -I$root/runtime/record -I$root/runtime/export
    -idirafter /usr/include -idirafter /usr/include/$(gcc -print-multiarch)" # the kernel's headers

. "$root/tests/lib/runtime.sh"

$cc -c "$root/tests/musl/missing.c" -o "$out/missing.o"
status=0
for source in "$root"/tests/record/test_*.c; do
    test=$out/$(basename "$source" .c)
    # shellcheck disable=SC2086
    $cc -Wno-unused "-DMODULE=\"$out/module.so\"" "$source" "$out/missing.o" $objects -rdynamic -o "$test" -lm
    echo "== $(basename "$test")"
    timeout 60 "$test" || status=1
done

# A program that is instrumented for another C library than the runtime's is left plain by the link, and runs.
if [ $# -gt 1 ]; then
    printf '%s\n' '#include <pthread.h>' 'static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;' \
        'int main(void) { return pthread_mutex_lock(&m) + pthread_mutex_unlock(&m); }' > "$out/plain.c"
    "$2/mutray" cc -- musl-gcc -g -O2 "$out/plain.c" -o "$out/plain"
    DD_PROFILING_OUTPUT_PPROF="$out/plain" "$out/plain"
    echo "ok      a program linked with musl-gcc"
fi
exit $status

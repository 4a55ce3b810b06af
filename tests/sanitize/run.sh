#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The suites of the runtime under sanitizers: record, survive, export, unit and upload with AddressSanitizer and UBSan, and
# with ThreadSanitizer; and record under valgrind's memcheck. What a sanitizer cannot bear is left out by name, with the
# reason, where the test is defined. RESULTS.md has what came of it. Usage: run.sh [address|thread|valgrind ...]; CC=clang-19
# for another compiler.
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
cc=${CC:-gcc}
suites='^(record|survive|export|unit|upload)'
status=0

build() # SANITIZERS TYPE FOLDER
{
    cmake -S "$root" -B "$3" -G Ninja -DCMAKE_C_COMPILER="$cc" -DCMAKE_BUILD_TYPE="$2" -DMUTRAY_SANITIZE="$1" > "$3.log" ||
        { cat "$3.log" >&2; exit 1; }
    cmake --build "$3" -j "$(nproc)" >> "$3.log" 2>&1 || { tail -n 20 "$3.log" >&2; exit 1; }
}

with_sanitizer() # SANITIZERS TYPE NAME
{
    build "$1" "$2" "$root/build-$3-$cc"
    ctest --test-dir "$root/build-$3-$cc" -R "$suites" --output-on-failure || status=1
}

# The tests of the recorder that only allocate what they free, or leave threads to the end, say nothing of leaks here.
with_valgrind()
{
    build "" RelWithDebInfo "$root/build-valgrind-$cc"
    for name in events names limits modules results; do
        echo "== memcheck: record.$name"
        valgrind --error-exitcode=3 -q "$root/build-valgrind-$cc/bin/test_record_$name" || status=1
    done
    ctest --test-dir "$root/build-valgrind-$cc" -R '^survive.surroundings' --output-on-failure || status=1
}

for which in "${@:-all}"; do
    case $which in
    address) with_sanitizer address,undefined Debug asan ;;
    thread) with_sanitizer thread RelWithDebInfo tsan ;;
    valgrind) with_valgrind ;;
    all)
        with_sanitizer address,undefined Debug asan
        with_sanitizer thread RelWithDebInfo tsan
        with_valgrind
        ;;
    *) echo "run.sh: '$which' is none of address, thread, valgrind" >&2; exit 2 ;;
    esac
done
exit $status

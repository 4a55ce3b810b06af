# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2034
# A library with CMake whose own wrappers (uv_mutex_lock) everybody locks through; a thread pool.
package=libuv1
needs=cmake

configure()
{
    cmake -S . -B build -DCMAKE_BUILD_TYPE=RelWithDebInfo -DCMAKE_C_FLAGS="$align"
}

compile()
{
    cmake --build build -j "$jobs" --target uv_a
}

loads()
{
    $CC $flags -Iinclude -o build/uvload "$here/loads/uvload.c" build/libuv_a.a -pthread -ldl
}

workload()
{
    $timed build/uvload 80000
}

exercise()
{
    cmake --build build -j "$jobs" --target uv_run_benchmarks_a && workload &&
        for benchmark in queue_work async4 million_async thread_create; do
            build/uv_run_benchmarks_a $benchmark $benchmark || return 1
        done
}

# The tests refuse to run as root, so they run in a folder of somebody else. Some fail without a network, plain as well.
tests()
{
    local folder
    folder=$(mktemp -d) && mkdir "$folder/test" && cp -r test/fixtures "$folder/test" && cp build/uv_run_tests_a "$folder" &&
        chown -R nobody "$folder" || return 1
    (
        cd "$folder" || exit 1
        [ -z "${DD_PROFILING_OUTPUT_PPROF:-}" ] || export DD_PROFILING_OUTPUT_PPROF=$folder/p
        setpriv --reuid=nobody --regid=nogroup --clear-groups ./uv_run_tests_a "$@"
    )
    [ -z "${DD_PROFILING_OUTPUT_PPROF:-}" ] || mv "$folder"/p.*.pprof "${DD_PROFILING_OUTPUT_PPROF%/*}"
    rm -rf "$folder"
}

suite()
{
    cmake --build build -j "$jobs" --target uv_run_tests_a && tests
}

verdicts()
{
    sed -nE 's/^(ok|not ok) [0-9]+ - ([A-Za-z0-9_]+).*/\2 \1/p'
}

again()
{
    tests "$1" 2>&1
}

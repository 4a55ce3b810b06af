# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2034
# A library with CMake, its tests beside it: thread pools, and what becomes of them in a child of fork().
package=c-blosc
needs='liblz4-dev libzstd-dev zlib1g-dev'

configure()
{
    cmake -S . -B build -DCMAKE_BUILD_TYPE=RelWithDebInfo -DCMAKE_C_FLAGS="$align" -DBUILD_FUZZERS=OFF \
        -DPREFER_EXTERNAL_LZ4=ON -DPREFER_EXTERNAL_ZSTD=ON -DPREFER_EXTERNAL_ZLIB=ON
}

compile()
{
    cmake --build build -j "$jobs"
}

workload()
{
    $timed build/bench/bench blosclz shuffle single 4
}

exercise()
{
    build/tests/test_nthreads && build/tests/test_forksafe && build/tests/test_nolock && workload
}

suite()
{
    (cd build && ctest --timeout 300)
}

verdicts()
{
    sed -nE 's/^ *[0-9]+\/[0-9]+ Test +#[0-9]+: ([A-Za-z0-9_.]+) \.* *\**(Passed|Failed|Skipped|Timeout).*/\1 \2/p'
}

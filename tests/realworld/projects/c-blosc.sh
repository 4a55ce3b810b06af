# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2034
# A library with CMake, its tests beside it: thread pools, and what becomes of them in a child of fork().
package=c-blosc
needs='liblz4-dev libzstd-dev zlib1g-dev'
program=build/blosc/libblosc.so

configure()
{
    cmake -S . -B build -DCMAKE_BUILD_TYPE=RelWithDebInfo -DBUILD_FUZZERS=OFF -DPREFER_EXTERNAL_LZ4=ON \
        -DPREFER_EXTERNAL_ZSTD=ON -DPREFER_EXTERNAL_ZLIB=ON
}

compile()
{
    cmake --build build -j "$jobs"
}

exercise()
{
    build/tests/test_nthreads && build/tests/test_forksafe && build/tests/test_nolock &&
        build/bench/bench blosclz shuffle single 4
}

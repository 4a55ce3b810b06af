# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2034
# The same library the other way it can be built: with CMake.
. "$here/projects/libevent.sh"
needs='cmake libssl-dev'

configure()
{
    cmake -S . -B build -DCMAKE_BUILD_TYPE=RelWithDebInfo -DCMAKE_C_FLAGS="$align" -DEVENT__LIBRARY_TYPE=BOTH \
        -DEVENT__DISABLE_BENCHMARK=ON -DEVENT__DISABLE_SAMPLES=ON -DEVENT__DISABLE_MBEDTLS=ON
}

compile()
{
    cmake --build build -j "$jobs"
}

loads()
{
    $CC $flags -Iinclude -Ibuild/include -o evload "$here/loads/evload.c" build/lib/libevent_core.a \
        build/lib/libevent_pthreads.a -pthread
}

exercise()
{
    workload && EVENT_NO_DEBUG_LOCKS=1 build/bin/regress thread/..
}

suite()
{
    build/bin/regress
}

again()
{
    build/bin/regress "$1" 2>&1
}

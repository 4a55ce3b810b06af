# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2034
# A web server as a library, with autotools and libtool; macros around each lock call check its result.
package=libmicrohttpd
needs='libcurl4-openssl-dev libgnutls28-dev'

configure()
{
    ./configure --disable-doc CFLAGS="$flags"
}

compile()
{
    make -j"$jobs"
}

workload()
{
    local port=$((20000 + RANDOM % 10000)) status=0
    rm -f "$scratch/input"
    mkfifo "$scratch/input"
    LD_LIBRARY_PATH=$PWD/src/microhttpd/.libs:$LD_LIBRARY_PATH $timed src/examples/.libs/benchmark $port <"$scratch/input" >"$scratch/latencies" &
    local server=$!
    exec 9>"$scratch/input"
    "$tools/httpload" $port 8 10000 'libmicrohttpd demo' || status=1
    exec 9>&-
    wait $server || status=1
    return $status
}

exercise()
{
    local tests='perf_get_concurrent11 test_quiesce test_digestauth test_add_conn'
    workload && make -C src/testcurl check SUBDIRS=. TESTS="$tests" check_PROGRAMS="$tests"
}

suite()
{
    make -k check
}

verdicts()
{
    sed -nE 's/^(PASS|FAIL|XFAIL|SKIP|ERROR): ([A-Za-z0-9_]+).*/\2 \1/p'
}

again()
{
    local folder
    folder=$(dirname "$(find src -name "$1" -type f | head -1)")
    make -C "$folder" check TESTS="$1" 2>&1
}

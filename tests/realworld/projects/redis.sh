# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2034
# A server with background threads, and libraries of its own that are built in the same go.
package=redis
needs='pkg-config'

configure()
{
    :
}

compile()
{
    make -j"$jobs" CC="$CC" MALLOC=libc USE_SYSTEMD=no USE_SYSTEM_JEMALLOC=no OPTIMIZATION=-O2 REDIS_CFLAGS="$align"
}

workload()
{
    local socket=$scratch/socket status=0
    rm -f "$socket"
    $timed src/redis-server --port 0 --unixsocket "$socket" --save '' --io-threads 3 --appendonly yes --dir "$scratch" &
    local server=$!
    for _ in $(seq 100); do [ -S "$socket" ] && break; sleep 0.1; done
    # The profile is the server's: benchmark and client run without.
    env -u DD_PROFILING_OUTPUT_PPROF src/redis-benchmark -s "$socket" -q -n 20000 -c 20 -P 4 -t set,get,incr || status=1
    env -u DD_PROFILING_OUTPUT_PPROF src/redis-cli -s "$socket" shutdown nosave
    wait "$server" || status=1
    return $status
}

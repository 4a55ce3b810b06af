# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2034
# A threaded server with autotools: striped item locks, locks behind macros, one lock known by a local pointer.
package=memcached
needs=libevent-dev
program=memcached

configure()
{
    ./configure --disable-docs CFLAGS='-O2 -g'
}

compile()
{
    make -j"$jobs" memcached
}

exercise()
{
    local socket=$scratch/socket status=0
    rm -f "$socket"
    ./memcached -u "$(id -un)" -t 4 -m 64 -s "$socket" &
    local server=$!
    "$tools/cacheload" "$socket" 8 3000 || status=1
    kill "$server"
    wait "$server" || status=1
    return $status
}

# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2034
# A threaded server with autotools: striped item locks, locks behind macros, one lock known by a local pointer.
package=memcached
needs=libevent-dev

configure()
{
    ./configure --disable-docs CFLAGS="$flags"
}

compile()
{
    make -j"$jobs"
}

workload()
{
    local socket=$scratch/socket status=0
    rm -f "$socket"
    $timed ./memcached -u "$(id -un)" -t 4 -m 64 -s "$socket" &
    local server=$!
    "$tools/cacheload" "$socket" 8 10000 || status=1
    kill "$server"
    wait "$server" || status=1
    return $status
}

# As `make test`, without its scan for old spellings. 450 s, mostly waiting.
suite()
{
    ./testapp && prove t
}

verdicts()
{
    sed -nE 's/^(ok|not ok) [0-9]+ - ([A-Za-z0-9_]+).*/testapp:\2 \1/p; s/^t\/([^ ]+) \.+ (ok|Failed|skipped|Dubious).*/\1 \2/p'
}

again()
{
    prove "t/$1"
}

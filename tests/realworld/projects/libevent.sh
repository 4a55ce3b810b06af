# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2034
# A library with autotools whose locks are reached through a table of callbacks and are void pointers to everybody else.
package=libevent
needs=libssl-dev

configure()
{
    touch aclocal.m4 && touch configure config.h.in Makefile.in && # Debian's patches made them look old
        ./configure CFLAGS="$flags"
}

compile()
{
    make -j"$jobs" libevent.la libevent_core.la libevent_extra.la libevent_pthreads.la libevent_openssl.la
}

loads()
{
    $CC $flags -Iinclude -o evload "$here/loads/evload.c" .libs/libevent_core.a .libs/libevent_pthreads.a -pthread
}

workload()
{
    $timed ./evload 800
}

# Without the library's own debugging of locks, which puts a second lock around each.
exercise()
{
    make -j"$jobs" test/regress && workload && EVENT_NO_DEBUG_LOCKS=1 test/regress thread/..
}

# A few tests want a network, and fail plain as well.
suite()
{
    make -j"$jobs" test/regress && test/regress
}

verdicts()
{
    sed -nE 's/^([a-z_]+\/[A-Za-z0-9_]+): .*(OK|FAILED|SKIPPED|DISABLED).*$/\1 \2/p'
}

again()
{
    test/regress "$1" 2>&1
}

# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2034
# A portability library: locks behind types of its own that a create function hands out, pools, locks between processes.
package=apr
needs=uuid-dev

configure()
{
    ./configure CFLAGS="$flags"
}

compile()
{
    make -j"$jobs"
}

loads()
{
    $CC $flags -D_GNU_SOURCE -Iinclude -o test/aprload "$here/loads/aprload.c" \
        .libs/libapr-1.a -pthread -lcrypt -luuid -ldl
}

workload()
{
    $timed test/aprload 1000000
}

exercise()
{
    make -j"$jobs" -C test all && workload &&
        (cd test && ./testall -v testlock testthread testcond testpools testprocmutex testglobalmutex testatomic)
}

suite()
{
    make -j"$jobs" -C test all && (cd test && ./testall -v)
}

verdicts()
{
    sed -nE 's/^(test[a-z0-9]+) *: .*(SUCCESS|FAILED).*/\1 \2/p; s/^(test[a-z0-9]+) *: +Line.*/\1 says something/p'
}

again()
{
    (cd test && ./testall -v "$1") 2>&1
}

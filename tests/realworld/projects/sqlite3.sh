# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2034
# One file of 240,000 lines; recursive locks from a function of its own, behind a table of methods.
package=sqlite3
needs='tcl'

configure()
{
    ./configure --disable-tcl --disable-readline CFLAGS="$flags" && make sqlite3.c
}

compile()
{
    make -j"$jobs" libsqlite3.la speedtest1
}

workload()
{
    $timed ./speedtest1 --size 80 --memdb
}

exercise()
{
    make threadtest3 && workload && ./threadtest3 walthread1 cgt_pager_1 shared1
}

suite()
{
    make threadtest3 && ./threadtest3
}

# What a test says beside its name and the number of errors (how many rounds it made) differs from run to run.
verdicts()
{
    sed -nE 's/^Running ([A-Za-z0-9_]+) for .*/\1 run/p; s/^Error: .*/error/p; s/^([0-9]+ errors out of [0-9]+ tests)$/\1/p'
}

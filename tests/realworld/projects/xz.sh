# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2034
# A shared library under libtool, whose locks go through inline functions of a header (mythread.h).
package=xz-utils
needs=

configure()
{
    ./configure --disable-doc --disable-nls --disable-scripts --disable-static CFLAGS="$flags"
}

compile()
{
    make -j"$jobs"
}

workload()
{
    local -x LD_LIBRARY_PATH=$PWD/src/liblzma/.libs:$LD_LIBRARY_PATH
    sample_data
    $timed src/xz/.libs/xz -1 -T4 --block-size=1MiB -c "$scratch/data" >"$scratch/data.xz" &&
        $timed src/xz/.libs/xz -dc -T4 "$scratch/data.xz" | cmp - "$scratch/data"
}

suite()
{
    make -k check
}

verdicts()
{
    sed -nE 's/^(PASS|FAIL|XFAIL|SKIP|ERROR): ([A-Za-z0-9_.]+).*/\2 \1/p'
}

# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2034
# A shared library under libtool, whose locks go through inline functions of a header (mythread.h).
package=xz-utils
needs=
program=src/liblzma/.libs/liblzma.so

configure()
{
    ./configure --disable-doc --disable-nls --disable-scripts --disable-static CFLAGS='-O2 -g'
}

compile()
{
    make -j"$jobs" -C src/liblzma && make -j"$jobs" -C src/xz
}

exercise()
{
    sample_data >"$scratch/data"
    src/xz/xz -1 -T4 --block-size=1MiB -c "$scratch/data" >"$scratch/data.xz" &&
        src/xz/xz -dc -T4 "$scratch/data.xz" | cmp - "$scratch/data"
}

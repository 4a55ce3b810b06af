# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2034
# A library and its program, with locks behind macros (ZSTD_pthread_mutex_lock) and thread pools.
package=libzstd
needs=
program=programs/zstd

configure()
{
    :
}

compile()
{
    make -j"$jobs" -C programs CC="$CC" HAVE_LZMA=0 HAVE_LZ4=0 HAVE_ZLIB=0 zstd
}

exercise()
{
    sample_data >"$scratch/data"
    programs/zstd -q -f -9 -T4 -B512KB "$scratch/data" -o "$scratch/data.zst" &&
        programs/zstd -q -d -c "$scratch/data.zst" | cmp - "$scratch/data"
}

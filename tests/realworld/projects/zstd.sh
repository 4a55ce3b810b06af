# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2034
# A library and its program, with locks behind macros (ZSTD_pthread_mutex_lock) and thread pools.
package=libzstd
needs=

configure()
{
    :
}

compile()
{
    make -j"$jobs" -C programs CC="$CC" HAVE_LZMA=0 HAVE_LZ4=0 HAVE_ZLIB=0 zstd
}

workload()
{
    sample_data >"$scratch/data"
    $timed programs/zstd -q -f -9 -T4 -B512KB "$scratch/data" -o "$scratch/data.zst" &&
        $timed programs/zstd -q -d -c "$scratch/data.zst" | cmp - "$scratch/data"
}

# Its tests are targets of make, each a long script or a program with random data from a seed.
suite()
{
    local target
    for target in test-pool test-fuzzer test-zstream test-invalidDictionaries test-legacy shortest; do
        make -C tests CC="$CC" HAVE_LZMA=0 HAVE_LZ4=0 HAVE_ZLIB=0 FUZZER_FLAGS='-s1 -i100 --no-big-tests' \
            FUZZERTEST= ZSTREAM_TESTTIME='-s1 -i100' "$target" && echo "target $target: ok" || echo "target $target: failed"
    done
}

verdicts()
{
    sed -nE 's/^target (.*): (ok|failed)$/\1 \2/p'
}

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
    make -j"$jobs" -C programs CC="$CC" MOREFLAGS="$align" HAVE_LZMA=0 HAVE_LZ4=0 HAVE_ZLIB=0 zstd
}

workload()
{
    sample_data
    $timed programs/zstd -q -f -9 -T4 -B512KB "$scratch/data" -o "$scratch/data.zst" &&
        $timed programs/zstd -q -d -c "$scratch/data.zst" | cmp - "$scratch/data"
}

# What its `make check` runs (the script of the program's tests without those for hours), and those of `make test` that are
# about threads, formats and the library; the random ones with a seed and a hundred rounds.
suite()
{
    local target
    for target in check test-pool test-fuzzer test-zstream test-invalidDictionaries test-legacy; do
        make -C tests CC="$CC" HAVE_LZMA=0 HAVE_LZ4=0 HAVE_ZLIB=0 FUZZER_FLAGS='-s1 -i100 --no-big-tests' \
            FUZZERTEST= ZSTREAM_TESTTIME='-s1 -i100' "$target" && echo "target $target: ok" || echo "target $target: failed"
    done
}

verdicts()
{
    sed -nE 's/^target (.*): (ok|failed)$/\1 \2/p'
}

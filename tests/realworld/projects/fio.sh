# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2034
# A large program with a configure script of its own; locks in shared memory, made and found through wrappers (mutex.c).
package=fio
needs=zlib1g-dev

configure()
{
    ./configure --disable-native --disable-numa --disable-rdma --disable-http --disable-pmem --disable-lex \
        --extra-cflags="$align" --cc="$CC"
}

compile()
{
    make -j"$jobs"
}

workload()
{
    $timed ./fio --name=load --ioengine=null --thread --numjobs=4 --size=200M --bs=4k --rate_iops=20000 --group_reporting
}

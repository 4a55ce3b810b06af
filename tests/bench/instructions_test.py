#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""How many instructions a lock and unlock cost, counted by callgrind: the difference of a short and a longer run, so
that starting and ending do not count. Counts hardly depend on the machine's load, so limits can be told for them: what
was reached when they were set (RESULTS.md), and a little more. They hold for an optimised runtime on x86-64 with glibc.

Usage: instructions_test.py BINARIES BUILD_TYPE
"""
import concurrent.futures
import os
import platform
import sys
import tempfile

import cost_build

PAIRS = {'off': 10000, 'default': 100000, 'all, no stacks': 10000, 'all': 10000}

# Instructions above those of the plain program, by workload and mode. With many locks a twentieth more or less depends on
# where they fall in the tables, and so on the addresses of this very build.
LIMITS = {
    'alone': {'off': 7, 'default': 28, 'all, no stacks': 400, 'all': 610},
    'one': {'off': 7, 'default': 54, 'all, no stacks': 400, 'all': 610},
    'many': {'off': 7, 'default': 56, 'all, no stacks': 575, 'all': 750},
    'deep': {'off': 7, 'default': 60, 'all, no stacks': 400, 'all': 1120},
}


def per_pair(program, workload, mode, scratch, times=1):
    """The least of some runs: how long a hold took decides its place in the histogram, so a busy machine adds a little."""
    pairs = PAIRS.get(mode, 10000)
    short, long = (min(cost_build.instructions([program, workload, str(n)], mode, scratch) for _ in range(times))
                   for n in (pairs, 3 * pairs))
    return (long - short) / (2 * pairs)


def main():
    binaries, build_type = sys.argv[1:3]
    if build_type not in ('Release', 'RelWithDebInfo') or platform.machine() != 'x86_64':
        print('skipped: only counted in an optimised build for x86-64')
        return 77
    failed = 0
    with tempfile.TemporaryDirectory() as scratch, concurrent.futures.ThreadPoolExecutor(2) as pool:
        plain, instrumented = cost_build.build(os.path.join(cost_build.HERE, 'cost.c'), binaries, scratch)
        base = {workload: pool.submit(per_pair, plain, workload, 'plain', scratch) for workload in LIMITS}
        counts = {(workload, mode): pool.submit(per_pair, instrumented, workload, mode, scratch)
                  for workload, limits in LIMITS.items() for mode in limits}
        for (workload, mode), found in counts.items():
            more, limit = found.result() - base[workload].result(), LIMITS[workload][mode]
            if more > limit:
                more = per_pair(instrumented, workload, mode, scratch, 5) - base[workload].result()
            failed += more > limit
            print(f'{workload:8} {mode:16} {base[workload].result():6.1f} {more:+8.1f} (limit {limit})'
                  f'{"" if more <= limit else "  TOO MANY"}', flush=True)
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())

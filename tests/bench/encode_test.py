#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What making one profile may cost at most: heap, for as many samples as there are, and instructions, counted by callgrind
for 1,000 samples of 15 frames. RESULTS.md has the times.

Usage: encode_test.py BENCH_ENCODE BUILD_TYPE
"""
import platform
import re
import subprocess
import sys
import tempfile

import cost_build

MOST_HEAP = 2 << 20
MOST_INSTRUCTIONS = 46_000_000  # 28 of them deflate's


def main():
    program, build_type = sys.argv[1:3]
    out = subprocess.run([program], stdout=subprocess.PIPE, text=True, check=True).stdout
    print(out, end='')
    heaps = [int(heap) for heap in re.findall(r'(\d+) bytes of heap', out)]
    failed = len(heaps) != 3 or max(heaps) > MOST_HEAP
    print(f'heap at most {max(heaps):,d} (limit {MOST_HEAP:,d})')
    if build_type not in ('Release', 'RelWithDebInfo') or platform.machine() != 'x86_64':
        print('skipped: instructions are only counted in an optimised build for x86-64')
        return failed or 77
    with tempfile.TemporaryDirectory() as scratch:
        instructions = cost_build.instructions([program, '1000'], 'off', scratch)
    print(f'1,000 samples: {instructions:,d} instructions (limit {MOST_INSTRUCTIONS:,d})')
    return 1 if failed or instructions > MOST_INSTRUCTIONS else 0


if __name__ == '__main__':
    sys.exit(main())

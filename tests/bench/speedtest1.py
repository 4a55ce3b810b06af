#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What mutray costs a real program that locks all the time: SQLite's own speedtest1, single-threaded, with recursive
mutexes, counted in instructions by callgrind. The source is Debian's, fetched as for tests/realworld.

Usage: speedtest1.py BINARIES [WORK_FOLDER]
"""
import concurrent.futures
import os
import subprocess
import sys
import tempfile

import cost_build

ARGUMENTS = ['--size', '5', '--memdb']
SQLITE = ['-DSQLITE_THREADSAFE=1', '-I.', '-ldl', '-lm']
GOALS = {'off': 0.5, 'default': 1.5, 'all, no stacks': 25, 'all': 40}  # percent more than plain


def sources(work):
    """The folder with sqlite3.c; made once."""
    folder = os.path.join(work, 'sqlite3')
    if not os.path.exists(os.path.join(folder, 'sqlite3.h')):
        fetch = os.path.join(cost_build.HERE, '..', 'realworld', 'fetch.sh')
        script = f'. "{fetch}" && fetch sqlite3 "$1" && cd "$1" && ./configure --disable-tcl --disable-readline && ' \
                 'make sqlite3.c sqlite3.h'
        if subprocess.run(['bash', '-c', script, 'fetch', folder], stdout=subprocess.DEVNULL).returncode != 0:
            print('the source of sqlite3 could not be fetched or made')
            sys.exit(77)
    return folder


def main():
    binaries = os.path.abspath(sys.argv[1])
    work = os.path.abspath(sys.argv[2] if len(sys.argv) > 2 else os.path.join(binaries, '..', 'speedtest1'))
    os.makedirs(work, exist_ok=True)
    os.chdir(sources(work))
    failed = 0
    with tempfile.TemporaryDirectory() as scratch, concurrent.futures.ThreadPoolExecutor(2) as pool:
        plain, instrumented = cost_build.build('test/speedtest1.c', binaries, scratch, ['sqlite3.c', *SQLITE])
        base = pool.submit(cost_build.instructions, [plain, *ARGUMENTS], 'plain', scratch)
        counts = {mode: pool.submit(cost_build.instructions, [instrumented, *ARGUMENTS], mode, scratch)
                  for mode in cost_build.MODES}
        print(f'plain            {base.result():13,d} instructions')
        for mode, found in counts.items():
            percent = (found.result() / base.result() - 1) * 100
            failed += percent > GOALS[mode]
            print(f'{mode:16} {found.result():13,d} {percent:+7.2f} % (goal {GOALS[mode]} %)', flush=True)
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())

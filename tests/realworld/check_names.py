#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""check_names.py TRUTH SOURCES PROFILE...: are the names in the profiles the ones a reader of the sources would give?

TRUTH lists every lock of the program (see truth/memcached.txt for the form). A name that is not in the list, `unknown`
among them, and a listed one marked `+` that is not in the profiles are both wrong. Prints one line; exits 1 if wrong.
"""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))
import pprof_raw


def creation_line(path, text):
    with open(path, encoding='utf-8', errors='replace') as source:
        found = [number for number, line in enumerate(source, 1) if text in line]
    if len(found) != 1:
        sys.exit(f'check_names: {len(found)} lines of {path} hold `{text}`; the truth list needs a look')
    return found[0]


def read_truth(path, sources):
    """name -> must it be seen"""
    truth = {}
    with open(path) as lines:
        for line in lines:
            if line.startswith('#'):
                continue
            mark, file, variable, text = line.rstrip('\n').split(maxsplit=3)
            line_number = creation_line(os.path.join(sources, file), text)
            truth[f'{os.path.basename(file)}:{line_number}:{variable}'] = mark == '+'
    return truth


def main():
    truth = read_truth(sys.argv[1], sys.argv[2])
    seen = set(pprof_raw.totals_by_lock(pprof_raw.read(path) for path in sys.argv[3:]))
    wrong = sorted(seen - set(truth))
    missing = sorted(name for name, must in truth.items() if must and name not in seen)
    print(f'{len(seen)} names, {len(seen) - len(wrong)} right' + ''.join(f'; wrong: {name}' for name in wrong) +
          ''.join(f'; missing: {name}' for name in missing))
    return 1 if wrong or missing or not seen else 0


sys.exit(main())

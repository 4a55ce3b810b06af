#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""check_names.py TRUTH SOURCES PROFILE...: are the names in the profiles the ones a reader of the sources would give?

TRUTH has two kinds of lines, made by hand from the sources:

    w FILE FUNCTION             a function that locks or makes locks for others: no lock may be named by a line of it
    + FILE VARIABLE TEXT        a lock, and the text by which the line of its creation is found (so that the list outlives a
                                security update), or the lines, where several say the same; it must be in the profiles
    - FILE VARIABLE TEXT        a lock that may be in the profiles: its feature is off, or comes up after minutes only

FILE is a path in the project's source, or of one of our loads. With any lock in it, the list is complete, and a name is proper if it is in the list; else a name is proper if it has file,
line and variable and is no wrapper's. Prints `key value` lines. Wrong (exit status 1) are: under 95 % of the acquires with a
proper name, a wrapper's name, a `+` that was not seen.
"""
import os
import re
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, '..', 'lib'))
import pprof_raw

GOAL = 95


def read_lines(path):
    with open(path, encoding='utf-8', errors='replace') as source:
        return source.read().split('\n')


def creation_lines(path, text):
    found = [number for number, line in enumerate(read_lines(path), 1) if text in line]
    if not found:
        sys.exit(f'check_names: no line of {path} holds `{text}`; the truth list needs a look')
    return found


def body(path, function):
    """the lines of a function: from the one with its name up to a brace in the first column"""
    lines = read_lines(path)
    for first, line in enumerate(lines, 1):
        if not re.match(rf'([^\s#/*][^;=]*\b)?{re.escape(function)}\s*\(', line):
            continue
        for last in range(first, len(lines) + 1):
            if lines[last - 1].startswith('}'):
                return set(range(first, last + 1))
            if lines[last - 1].rstrip().endswith(';') and '{' not in ''.join(lines[first - 1:last]):
                break # a declaration
    sys.exit(f'check_names: no function {function} in {path}; the truth list needs a look')


def read_truth(path, sources):
    """all names; sets of names of which one must be seen; and the lines of wrappers, as file:line"""
    truth, needed, wrappers = set(), [], set()
    for line in read_lines(path) if os.path.exists(path) else []:
        if line.startswith('#') or not line:
            continue
        mark, file, rest = line.split(maxsplit=2)
        base = os.path.basename(file)
        source = os.path.join(HERE if file.startswith('loads/') else sources, file)
        if mark == 'w':
            wrappers.update(f'{base}:{number}' for number in body(source, rest))
        else:
            variable, text = rest.split(maxsplit=1)
            names = {f'{base}:{number}:{variable}' for number in creation_lines(source, text)}
            truth |= names
            if mark == '+':
                needed.append(names)
    return truth, needed, wrappers


def main():
    truth, needed, wrappers = read_truth(sys.argv[1], sys.argv[2])
    seen = {name: sums.acquires for name, sums in
            pprof_raw.totals_by_lock(pprof_raw.read(path) for path in sys.argv[3:]).items()}
    of_wrappers = [name for name in seen if name.rpartition(':')[0] in wrappers]
    if truth:
        improper = [name for name in seen if name not in truth] + of_wrappers
    else:
        improper = [name for name in seen if not re.fullmatch(r'(?!unknown:)[^:]+:[1-9]\d*:\S+', name)] + of_wrappers
    missing = [' or '.join(sorted(names)) for names in needed if not names & set(seen)]
    total = sum(seen.values())
    share = 100 * (1 - sum(seen[name] for name in set(improper)) / total) if total else 0
    print(f'names {len(seen)}')
    print(f'operations {total}')
    print(f'proper {share:.2f}')
    print(f'truth {len(set(seen) & truth) if truth else "-"}')
    print(f'wrappers {len(of_wrappers)}')
    for what, names in ('not proper', sorted(set(improper))), ("a wrapper's", sorted(of_wrappers)), ('missing', missing):
        for name in names:
            print(f'names: {what}: {name} ({seen.get(name, 0)} acquires)', file=sys.stderr)
    return 1 if share < GOAL or of_wrappers or missing or not seen else 0


sys.exit(main())

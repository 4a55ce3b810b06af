#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""census.py TREE UNITS MUTRAY_TREE STATUS: does `mutray status` account for every lock call?

UNITS is what census_cc.py left of a build in TREE; STATUS is what `mutray status --json` says of a build of the same
source in MUTRAY_TREE. For each unit, the calls and other uses of lock functions that an independent look at the compiler's
own text finds must be as many as mutray found, and each of those must be named or skipped with a reason. A unit that mutray
left alone must have none, or none that is code: its object refers to no lock function, although its text has calls, in
inline functions that it does not use. And by grep: each line of TREE that names a lock function in code is one that the
compiler sees, or in a macro, or not compiled at all.
"""
import json
import os
import re
import sys

import census_cc


def without(prefix, path):
    prefix = os.path.realpath(prefix) + os.sep
    return path[len(prefix):] if path.startswith(prefix) else path


def units_of_build(tree, folder):
    """source -> the numbers of uses in its compilations (a library's source is often compiled twice), the same for those
    without any in their code, and all places"""
    units, idle, places = {}, {}, set()
    for name in os.listdir(folder) if os.path.isdir(folder) else []:
        with open(os.path.join(folder, name)) as file:
            unit = json.load(file)
        places.update((name, path, line) for name, path, line, _ in unit['places'])
        uses = sum(what in ('call', 'name') for *_, what in unit['places'])
        if uses:
            (units if unit['linked'] else idle).setdefault(without(tree, unit['source']), set()).add(uses)
    return units, idle, places


def blank_comments(text):
    """the same lines without comments and the text of strings"""
    pattern = r'''/\*.*?\*/|//[^\n]*|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*\''''
    return re.sub(pattern, lambda found: re.sub(r'[^\n]', ' ', found[0]), text, flags=re.S)


def grep(tree, names):
    """(name, path, line, in a macro's body) wherever the word stands in code"""
    word = re.compile(r'\b(' + '|'.join(sorted(names)) + r')\b')
    for folder, folders, files in os.walk(tree):
        folders[:] = [name for name in folders if not name.startswith('.')] # quilt keeps copies in .pc
        for file in files:
            path = os.path.realpath(os.path.join(folder, file))
            if not file.endswith(('.c', '.h', '.inc')) or os.path.islink(os.path.join(folder, file)):
                continue
            with open(path, encoding='utf-8', errors='replace') as source:
                lines = blank_comments(source.read()).split('\n')
            directive = False
            for number, line in enumerate(lines, 1):
                directive = bool(re.match(r'\s*#', line)) or directive and lines[number - 2].endswith('\\')
                for found in word.finditer(line):
                    yield found[1], path, number, directive


def main():
    tree, folder, mutray_tree, status = sys.argv[1:]
    counted, idle, places = units_of_build(tree, folder)
    with open(status) as file:
        units = json.load(file)['units']
    wrong, sums, found = [], {'found': 0, 'named': 0, 'skipped': 0}, {}
    for unit in units:
        source = without(mutray_tree, unit['source'])
        if not unit['instrumented']:
            wrong.append(f'{source} is plain: {unit.get("reason")}')
            continue
        found.setdefault(source, set()).add(unit['found'])
        for key in sums:
            sums[key] += unit[key]
        if unit['found'] != unit['named'] + unit['skipped'] or any(not skip['reason'] for skip in unit['skips']):
            wrong.append(f'{source}: {unit["found"]} found, {unit["named"]} named, {unit["skipped"]} skipped')
    for source in sorted(set(counted) | {source for source, uses in found.items() if uses != {0}}):
        there, mine = counted.get(source, set()), found.get(source, set())
        if not there <= mine <= there | idle.get(source, set()):
            wrong.append(f'{source}: mutray found {sorted(mine)}, there are {sorted(there)}')

    lines = {'compiled': 0, 'macro': 0, 'left': 0}
    near = {(name, path, line + by) for name, path, line in places for by in range(-3, 4)} # gcc joins a macro's arguments
    names = {name.decode() for name in census_cc.lock_functions()}
    for name, path, line, directive in grep(tree, names):
        lines['macro' if directive else 'compiled' if (name, path, line) in near else 'left'] += 1
    print(f'units {len(counted)}')
    alone = {source: uses - found.get(source, set()) for source, uses in idle.items()}
    print(f'counted {sum(sum(uses) for uses in [*counted.values(), *idle.values()])}')
    print(f'idle {sum(sum(uses) for uses in alone.values())}')
    for key, value in sums.items():
        print(f'{key} {value}')
    print('grep {} in code: {compiled} compiled, {macro} in directives, {left} not compiled'.format(sum(lines.values()), **lines))
    print(f'unaccounted {len(wrong)}')
    for line in wrong:
        print(f'census: {line}', file=sys.stderr)
    return 1 if wrong or not counted else 0


if __name__ == '__main__':
    sys.exit(main())

#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What the steps of run.sh found, for people.

results.py row FOLDER                       a project's row, as text
results.py table WORK RECIPES               RESULTS.md, from all projects' results
results.py medians PLAIN DEFAULT FULL       files with a number a line, one for each round: `key value` lines
"""
import glob
import os
import re
import statistics
import sys

STEPS = ('build', 'census', 'names', 'suite', 'overhead')
OVERHEAD_GOAL = 1.03


def read(folder):
    """(step, key) -> value, of the steps that came to a result"""
    values = {}
    for step in STEPS:
        path = os.path.join(folder, f'{step}.result')
        if os.path.exists(path):
            with open(path) as file:
                result = dict(line.rstrip('\n').partition(' ')[::2] for line in file)
            if 'status' in result:
                values |= {(step, key): value for key, value in result.items()}
    return values


def wrong_steps(values):
    return [step for step in STEPS if values.get((step, 'status'), '0') != '0']


def cells(values):
    """column -> text; a step that was not done leaves out its columns"""
    row = {}
    if ('build', 'plain') in values:
        plain, mutray = float(values['build', 'plain']), float(values['build', 'mutray'])
        row['build'] = f'x{mutray / plain:.2f} ({plain:.0f} s)'
        row['new warnings'] = values['build', 'warnings']
    if ('census', 'found') in values:
        row['lock calls'] = '{} / {} / {}'.format(*(values['census', key] for key in ('found', 'named', 'skipped')))
        idle = values['census', 'idle']
        row['counted'] = values['census', 'counted'] + (f', {idle} of them no code' if idle != '0' else '')
    if ('names', 'proper') in values:
        row['proper names'] = f"{values['names', 'proper']} % of {int(values['names', 'operations']):,}"
        row['locks'] = values['names', 'names'] + ('' if values['names', 'truth'] == '-' else
                                                   f", {values['names', 'truth']} in the list")
    if ('suite', 'differ') in values:
        row['tests plain'], row['tests instrumented'] = values['suite', 'tests_plain'], values['suite', 'tests_mutray']
        row['tests differ'] = values['suite', 'differ'] or 'none'
    if ('overhead', 'default') in values:
        for mode in 'default', 'full':
            ratio, low, high = map(float, values['overhead', mode].split())
            row[f'overhead {mode}'] = f'{ratio:.3f} ({low:.3f} to {high:.3f})'
    return row


def show_row(folder):
    values = read(folder)
    wrong = [f'WRONG: {step}' for step in wrong_steps(values)]
    print(f'{os.path.basename(folder)}: ' + '; '.join(wrong + [f'{column} {text}' for column, text in cells(values).items()]))
    report = os.path.join(folder, 'report.txt')
    if os.path.exists(report):
        with open(report) as file:
            print(file.read(), end='')
    return bool(wrong)


def markdown(columns, rows):
    print('| ' + ' | '.join(columns) + ' |\n|' + '---|' * len(columns))
    for row in rows:
        print('| ' + ' | '.join(row.get(column, '-') for column in columns) + ' |')
    print()


def measured(values):
    """when and what, the same for most steps"""
    stamps = {}
    for step in STEPS:
        if (step, 'date') in values:
            stamps.setdefault(f"{values[step, 'date']} at {values[step, 'commit']}", []).append(step)
    return '; '.join(f'{", ".join(steps)}: {stamp}' for stamp, steps in stamps.items())


def table(work, recipes):
    projects = sorted(os.path.basename(path)[:-3] for path in glob.glob(os.path.join(recipes, '*.sh')))
    results = {name: read(os.path.join(work, name)) for name in projects}
    missing = [name for name, values in results.items() if ('build', 'plain') not in values]
    results = {name: values for name, values in results.items() if name not in missing}
    if not results:
        print('results.py: no project has a result; run run.sh for them first', file=sys.stderr)
        return 1
    here = os.path.dirname(os.path.abspath(__file__))
    with open(os.path.join(here, 'results.head.md')) as file:
        print(file.read())
    rows = [{'project': f"{name} {values['build', 'version']}", **cells(values)} for name, values in results.items()]
    print('## Built, named, timed\n')
    markdown(['project', 'build', 'new warnings', 'lock calls', 'counted', 'proper names', 'locks', 'overhead default',
              'overhead full'], rows)
    print('## Their own tests\n')
    markdown(['project', 'tests plain', 'tests instrumented', 'tests differ'],
             [row for row in rows if 'tests plain' in row])
    print('## By grep\n')
    for name, values in results.items():
        if ('census', 'grep') in values:
            print(f"- {name}: {values['census', 'grep']}")
    print('\n## Measured\n')
    for name, values in results.items():
        wrong = wrong_steps(values)
        print(f'- {name}: {measured(values)}' + (f'; wrong: {", ".join(wrong)}' if wrong else ''))
    if missing:
        print(f'- not yet: {", ".join(missing)}')
    print('\n## What the reports begin with\n')
    for name in results:
        path = os.path.join(work, name, 'report.txt')
        if os.path.exists(path):
            with open(path) as file:
                text = file.read()
            print(f'{name}:\n\n' + ''.join(f'    {line}\n' if line else '\n' for line in text.splitlines()))
    return 0


def medians(*paths):
    plain, default, full = ([float(line) for line in open(path)] for path in paths)
    if not 0 < len(plain) == len(default) == len(full):
        sys.exit('results.py: not all rounds have all their times')
    print(f'seconds {statistics.median(plain):.3f}')
    for mode, times in ('default', default), ('full', full):
        rounds = [time / base for time, base in zip(times, plain)]
        low, _, high = statistics.quantiles(rounds, n=4) if len(rounds) > 1 else rounds * 3
        print(f'{mode} {statistics.median(times) / statistics.median(plain):.4f} {low:.4f} {high:.4f}')


if __name__ == '__main__':
    sys.exit({'row': show_row, 'table': table, 'medians': medians}[sys.argv[1]](*sys.argv[2:]))

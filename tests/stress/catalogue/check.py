#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""One row of the behaviour catalogue, for every variant of the program: runs it and holds its profile against the marks
in the sources (rows.h says what they mean). The profile is read through `go tool pprof`, which mutray has no part in.

Usage: check.py ROW FOLDER...       ROW as in rows.def, `12.failed_try`; FOLDER has a variant's `catalogue`
"""
import glob
import os
import re
import subprocess
import sys
import tempfile
from collections import Counter, namedtuple

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, '..', '..', 'lib'))
import pprof_raw

NOT_FOR_THIS_KIND = 77
STATIC_KINDS = ('mutex', 'recursive', 'rwlock')

Marks = namedtuple('Marks', 'creations acquires releases spans variables environment loose')
Run = namedtuple('Run', 'output pid folder prefix')


class Wrong(Exception):
    """What the profile should have said, and what it says."""


def read_marks(row, kind):
    """The marks of a row: tag -> place of creation, tag -> Counter of leaf places, …; a place is (file, line)."""
    marks = Marks({}, {}, {}, {}, {}, {}, [])
    creations = {'CREATE', 'CREATE-STATIC' if kind in STATIC_KINDS else 'CREATE-INIT'}
    for path in glob.glob(os.path.join(HERE, '*.c')):
        for number, line in enumerate(open(path), 1):
            place = (os.path.basename(path), number)
            for mark, rest in re.findall(r'!([A-Z-]+)! ([^!]*)', line):
                words = rest.replace('*/', ' ').split()
                owner, _, tag = words[0].rpartition('.')
                if mark == 'ENV' and words[0] == row:
                    marks.environment.update([words[1].split('=')])
                elif mark == 'LOOSE' and words[0] == row:
                    marks.loose.append(True)
                elif mark == 'SPAN' and words[0] == row:
                    marks.spans[place] = tuple(words[1:])
                elif owner != row:
                    continue
                elif mark in creations:
                    marks.creations[tag] = place
                elif mark == 'ACQUIRE':
                    marks.acquires.setdefault(tag, Counter())[place] += int(words[1]) if len(words) > 1 else 1
                elif mark == 'RELEASE':
                    marks.releases.setdefault(tag, Counter())[place] += int(words[1]) if len(words) > 1 else 1
                elif mark == 'VARIABLE':
                    marks.variables[tag] = words[2] if len(words) > 2 else ''
    return marks


def run(row, folder, environment, scratch):
    prefix = os.path.join(scratch, 'profile')
    clean = {k: v for k, v in os.environ.items() if not k.startswith(('DD_', 'MUTRAY_'))}
    settings = {'DD_PROFILING_OUTPUT_PPROF': prefix, 'DD_PROFILING_CAPTURE_PCT': '100', 'CATALOGUE_FOLDER': folder}
    process = subprocess.Popen([os.path.join(folder, 'catalogue'), row], env={**clean, **settings, **environment},
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    output, errors = process.communicate(timeout=60)
    if process.returncode == NOT_FOR_THIS_KIND:
        return None
    if process.returncode != 0 or errors != '':
        raise Wrong(f'ended with status {process.returncode}, saying {errors!r}')
    return Run(output, process.pid, folder, prefix)


def read_profiles(prefix, pid):
    """A process's profiles in the order of their sequence."""
    paths = glob.glob(f'{prefix}.{pid}.*.pprof')
    return [pprof_raw.read(path) for path in sorted(paths, key=lambda p: int(p.split('.')[-2]))]


def samples_of(profiles):
    """(sample, its places leaf first) for every sample"""
    return [(s, [p.places[i] for i in s.locations]) for p in profiles for s in p.samples]


def expected_name(marks, tag):
    file, line = marks.creations[tag]
    variable = marks.variables.get(tag, tag)
    return f'{file}:{line}:{variable}' if variable else f'{file}:{line}'


def compare_events(name, what, index, expected, samples):
    found = Counter()
    for sample, places in samples:
        if sample.labels['lock name'] == name and sample.values[index] > 0:
            found[(os.path.basename(places[0].file), places[0].line)] += sample.values[index]
    if found != expected:
        raise Wrong(f'{name}: {what} at {dict(found)}, expected {dict(expected)}')


def compare(marks, samples):
    names = {expected_name(marks, tag): tag for tag in marks.creations}
    for sample, _ in samples:
        if 'lock name' not in sample.labels:
            raise Wrong(f'a sample without a lock name: {sample}')
        if sample.labels['lock name'] not in names:
            raise Wrong(f'{sample.labels["lock name"]} is in the profile; expected: {sorted(names)}')
    for name, tag in names.items():
        if tag in marks.acquires:
            compare_events(name, 'acquires', 1, marks.acquires[tag], samples)
            compare_events(name, 'releases', 3, marks.releases.get(tag, Counter()), samples)
        elif not any(s.labels['lock name'] == name for s, _ in samples):
            raise Wrong(f'{name} is not in the profile')


def check_13_capture_nothing(profiles, ran):
    if samples_of(profiles):
        raise Wrong('there are samples')


def check_14_flush_starts_anew(profiles, ran):
    counts = [len(profile.samples) for profile in profiles]
    if len(counts) < 2 or counts[0] == 0 or any(counts[1:]):
        raise Wrong(f'numbers of samples by file: {counts}')


def check_frames(profiles, most):
    for sample, places in samples_of(profiles):
        if len(places) != most + 1 or not re.fullmatch(r'<\d+ frames? omitted>', places[-1].function):
            raise Wrong(f'{len(places)} locations, the last in {places[-1].function}; expected {most + 1}, '
                        'the last <N frames omitted>')


def check_15_deep_stack(profiles, ran):
    check_frames(profiles, 16)


def check_35_frame_limit(profiles, ran):
    check_frames(profiles, 599)


def check_23_reentrant_at_one_percent(profiles, ran):
    # Two acquires to one hold: estimates of 40,000 and 20,000, from some 400 and 200 measured events.
    totals = list(pprof_raw.totals_by_lock(profiles).values())[0]
    if not 28000 < totals.acquires < 52000 or not 13000 < totals.releases < 27000:
        raise Wrong(f'estimated {totals.acquires} acquires and {totals.releases} releases of 40000 and 20000')


def check_16_span_labels(profiles, ran):
    spans = read_marks('16.span_labels', os.path.basename(ran.folder)).spans
    for sample, places in samples_of(profiles):
        place = (os.path.basename(places[0].file), places[0].line)
        found = tuple(sample.labels[key] for key in ('span id', 'local root span id') if key in sample.labels)
        if found != spans.get(place, ()):
            raise Wrong(f'{place}: in span {found}, expected {spans.get(place, ())}')


def check_26_timestamps(profiles, ran):
    slack = 1000000  # nanoseconds: the clocks of the program's day and of its locks are read one after the other
    moments = [[int(word) for word in words.split()] for words in re.findall(r'^moments (.*)$', ran.output, re.M)]
    for index, first in (1, 0), (3, 1):
        ends = sorted(int(s.labels['end_timestamp_ns']) for s, _ in samples_of(profiles) if s.values[index])
        if len(ends) != len(moments):
            raise Wrong(f'{len(ends)} samples of {len(moments)} events')
        for end, moment in zip(ends, moments):
            if not moment[first] - slack <= end <= moment[first + 1] + slack:
                raise Wrong(f'{end} is not in {moment[first:first + 2]}')


def check_27_native_thread_id(profiles, ran):
    native = re.search(r'native (\d+)', ran.output)[1]
    for sample, _ in samples_of(profiles):
        if sample.labels['thread native id'] != native:
            raise Wrong(f'native thread id {sample.labels["thread native id"]}, in truth {native}')


def check_31_fork_with_a_held_lock(profiles, ran):
    children = {int(p.split('.')[-3]) for p in glob.glob(f'{ran.prefix}.*.pprof')} - {ran.pid}
    if len(children) != 1:
        raise Wrong(f'{len(children)} processes besides the first have left profiles')
    compare(read_marks('31.in_the_child', os.path.basename(ran.folder)),
            samples_of(read_profiles(ran.prefix, children.pop())))


def check(row, folder):
    """True, or None if the row is not for this kind of lock."""
    marks = read_marks(row, os.path.basename(folder))
    with tempfile.TemporaryDirectory() as scratch:
        ran = run(row, folder, marks.environment, scratch)
        if ran is None:
            return None
        profiles = read_profiles(ran.prefix, ran.pid)
        if not profiles:
            raise Wrong('no profile was written')
        if not marks.loose:
            compare(marks, samples_of(profiles))
        special = globals().get('check_' + row.replace('.', '_'))
        if special:
            special(profiles, ran)
    return True


def main():
    row, folders = sys.argv[1], sys.argv[2:]
    failures, passes = 0, 0
    for folder in folders:
        variant = '/'.join(folder.split('/')[-3:])
        try:
            done = check(row, folder)
            passes += 1 if done else 0
            print(f'{variant}: ok' if done else f'{variant}: not for this kind')
        except Wrong as wrong:
            failures += 1
            print(f'{variant}: FAILED: {wrong}')
    return 1 if failures or not passes else 0


if __name__ == '__main__':
    sys.exit(main())

#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""How much memory reading a profile takes: never more than four times its unpacked size, above what a profile of one
sample takes. (Those of less than 5 MiB may take 16 MiB: give more.) Profiles are large and honest, truncated, corrupt, or made to be expensive; the figures are printed.

Usage: memory_test.py MUTRAY PEAK_MEMORY [MIB of each profile, 16 [COMMAND...]]
"""
import gzip
import os
import random
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'html'))
from make_pprof import block as message, varint  # noqa: E402

TIMES = 4
SLACK_KIB = 2048  # the granularity of malloc and of the kernel's accounting
TYPES = ('lock-acquire-wait', 'nanoseconds', 'lock-acquire', 'count', 'lock-release-hold', 'lock-release')
COMMANDS = {
    'report': ['report'],
    'sites': ['report', '--sites', '--fields', 'all'],
    'json': ['report', '--json'],
    'folded': ['export', '--folded'],
    'speedscope': ['export', '--speedscope'],
    'html': ['export', '--html'],
    'leaf': ['export', '--leaf'],
}


def number(field, value):
    return varint(field << 3) + varint(value)


def packed(field, *values):
    return message(field, b''.join(varint(value) for value in values))


class Profile:
    """A profile of locks, piece by piece, as bytes."""

    def __init__(self):
        self.bytes, self.strings = bytearray(), {}
        self.string('')
        names = [self.string(text) for text in TYPES]
        for kind, unit in (0, 1), (2, 3), (4, 1), (5, 3):
            self.bytes += message(1, number(1, names[kind]) + number(2, names[unit]))
        self.bytes += number(9, 10**18) + number(10, 10**10)
        self.lock_name = self.string('lock name')

    def string(self, text):
        if text not in self.strings:
            self.strings[text] = len(self.strings)
            self.bytes += message(6, text.encode())
        return self.strings[text]

    def function(self, number_, name, file):
        self.bytes += message(5, number(1, number_) + number(2, self.string(name)) + number(4, self.string(file)))

    def location(self, number_, function, line):
        self.bytes += message(4, number(1, number_) + message(4, number(1, function) + number(2, line)))

    def sample(self, locations, values, name, more=b''):
        label = message(3, number(1, self.lock_name) + number(2, self.string(name)))
        self.bytes += message(2, packed(1, *locations) + packed(2, *values) + label + more)

    def places(self, count):
        for i in range(1, count + 1):
            self.function(i, f'function_{i}', f'file_{i % 50}.c')
            self.location(i, i, i)

    def until(self, size, add):
        i = 0
        while len(self.bytes) < size:
            add(i)
            i += 1
        return bytes(self.bytes)


def one_sample(size):
    profile = Profile()
    profile.places(1)
    profile.sample([1], [5, 1, 0, 0], 'a.c:1:lock')
    return bytes(profile.bytes)


def honest(size):
    """As the runtime writes them: many stacks, few locks, each with a few places."""
    profile, chance = Profile(), random.Random(1)
    profile.places(2000)
    bucket, unit, thread, native = map(profile.string, ('wait bucket', 'nanoseconds', 'thread id', 'thread native id'))
    labels = b''.join(message(3, number(1, key) + number(3, 1 << 40)) for key in (thread, native))
    return profile.until(size, lambda i: profile.sample(
        [i % 160 + 1, *(chance.randint(1, 2000) for _ in range(14))], [i, 1, 0, 0], f'file.c:{i % 40}:lock',
        message(3, number(1, bucket) + number(3, 1 << i % 20) + number(4, unit)) + labels))


def bare(size):
    """The same without labels but the name, as Datadog's client for Python writes them."""
    profile, chance = Profile(), random.Random(1)
    profile.places(2000)
    return profile.until(size, lambda i: profile.sample(
        [i % 160 + 1, *(chance.randint(1, 2000) for _ in range(14))], [i, 1, 0, 0], f'file.c:{i % 40}:lock'))


def each_its_lock(size):
    profile = Profile()
    profile.places(10)
    return profile.until(size, lambda i: profile.sample([1], [1, 1, 0, 0], f'f.c:{i}:x'))


def each_its_place(size):
    profile = Profile()

    def add(i):
        profile.function(i + 1, f'g{i}', 'f.c')
        profile.location(i + 1, i + 1, 1)
        profile.sample([i + 1], [1, 1, 0, 0], 'f.c:1:x')
    return profile.until(size, add)


def many_lines(size):
    """Locations that are nothing but functions inlined into each other."""
    profile = Profile()
    profile.function(1, 'f', 'f.c')
    line = message(4, number(1, 1))

    def add(i):
        profile.bytes += message(4, number(1, i + 1) + line * 1000)
        profile.sample([i + 1], [1, 1, 0, 0], 'f.c:1:x')
    return profile.until(size, add)


def one_stack(size):
    """One sample with a stack as long as the file."""
    profile = Profile()
    profile.places(1)
    profile.sample([1] * (size - 200), [1, 1, 0, 0], 'f.c:1:x')
    return bytes(profile.bytes)


def many_labels(size):
    profile = Profile()
    profile.places(1)
    profile.sample([1], [1, 1, 0, 0], 'f.c:1:x', b'\x1a\x00' * (size // 2))
    return bytes(profile.bytes)


def empty_messages(field):
    def make(size):
        return bytes(Profile().bytes) + message(field, b'') * (size // 2)
    make.__name__ = f'empty_messages_{field}'
    return make


def one_string(size):
    profile = Profile()
    profile.places(1)
    profile.sample([1], [1, 1, 0, 0], 'f.c:1:' + 'x' * size)
    return bytes(profile.bytes)


def control_characters(size):
    """What has to be written as six characters each, or not at all."""
    profile = Profile()
    profile.places(1)
    return profile.until(size, lambda i: profile.sample([1], [1, 1, 0, 0], f'f.c:{i}:' + '\x01' * 500))


def truncated(size):
    return honest(size)[:size * 3 // 4 + 1]


def corrupt(size):
    data, chance = bytearray(honest(size)), random.Random(2)
    for _ in range(1000):
        data[chance.randrange(len(data))] = chance.randrange(256)
    return bytes(data)


def zeros(size):
    return bytes(size)


PROFILES = [honest, bare, each_its_lock, each_its_place, many_lines, one_stack, many_labels, *map(empty_messages, range(1, 7)),
            one_string, control_characters, truncated, corrupt, zeros]


def run(program, peak_memory, words, path):
    with open(os.devnull, 'w') as nothing:
        done = subprocess.run([peak_memory, program, *words, path], stdout=nothing, stderr=subprocess.PIPE, text=True, timeout=120,
                              errors='replace')
    *said, last = done.stderr.splitlines()
    _, status, kib = last.split()
    return int(status), int(kib), said


def main():
    program, peak_memory = map(os.path.abspath, sys.argv[1:3])
    size = int(sys.argv[3] if len(sys.argv) > 3 else 16) << 20
    commands = {name: COMMANDS[name] for name in sys.argv[4:] or COMMANDS}
    failed = 0
    with tempfile.TemporaryDirectory() as folder:
        path = f'{folder}/profile.pprof'

        def write(data):
            with open(path, 'wb') as file:
                file.write(gzip.compress(data, 1))

        write(one_sample(0))
        base = {name: run(program, peak_memory, words, path)[1] for name, words in commands.items()}
        for make in PROFILES:
            data = make(size)
            write(data)
            for name, words in commands.items():
                start = time.monotonic()
                status, kib, said = run(program, peak_memory, words, path)
                times = max(0, kib - base[name] - SLACK_KIB) * 1024 / len(data)
                wrong = [problem for problem, there in (
                    ('TOO MUCH', times > TIMES), (f'ended with {status}', status not in (0, 2)),
                    (f'said {len(said)} lines', status == 2 and len(said) != 1)) if there]
                failed += len(wrong)
                print(f'{make.__name__:20} {name:10} {times:5.2f} times {len(data) >> 20} MiB, '
                      f'{time.monotonic() - start:4.1f} s {" ".join(said)[-90:] if status == 2 else ""} {", ".join(wrong)}', flush=True)
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())

# SPDX-License-Identifier: Apache-2.0
"""Writes lock profiles as the runtime does, of any size and with any names in them; nothing of mutray is used.

sample(...) makes a sample, many(count) a lot of them, write(path, samples, ...) a file.
"""
import gzip
import random

TYPES = [('lock-acquire-wait', 'nanoseconds'), ('lock-acquire', 'count'),
         ('lock-release-hold', 'nanoseconds'), ('lock-release', 'count')]


def sample(lock, frames, wait=0, acquire=0, hold=0, release=0, **labels):
    """frames: (function, file, line), innermost first; in label names '_' stands for a space."""
    named = {'lock name': lock, 'lock kind': 'mutex', **{key.replace('_', ' '): value for key, value in labels.items()}}
    return (wait, acquire, hold, release), frames, named


def waits(lock, frames, ns, count=1, **labels):
    each = max(1, ns // count)
    return sample(lock, frames, wait=ns, acquire=count, wait_bucket=1 << each.bit_length() - 1, **labels)


def holds(lock, frames, ns, count=1, **labels):
    each = max(1, ns // count)
    return sample(lock, frames, hold=ns, release=count, hold_bucket=1 << each.bit_length() - 1, **labels)


def many(count):
    """As of a large server: stacks that share their outer frames, few locks with much waiting and many with little."""
    chance = random.Random(1)
    functions = [(f'function_{i}', f'/src/file_{i % 40}.c', i + 1) for i in range(600)]
    samples = []
    for i in range(count):
        calls = [0]
        for _ in range(chance.randint(4, 24)):
            calls.append((calls[-1] * 3 + int(chance.paretovariate(1.5))) % len(functions))
        stack = tuple(functions[call] for call in reversed(calls))
        lock = int(chance.paretovariate(0.7)) % 400
        kind = waits if i % 2 else holds
        more = {'holder': f'file_{lock % 40}.c:{chance.randint(1, 50)}:hold'} if i % 2 else {}
        samples.append(kind(f'file_{lock % 40}.c:{lock}:lock_{lock}', stack, int(chance.expovariate(1e-6)) + 1,
                            thread_native_id=i % 64, **more))
    return samples


def varint(number):
    out = bytearray()
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    out.append(number)
    return bytes(out)


def number(field, value):
    return varint(field << 3) + varint(value) if value else b''


def block(field, content):
    return varint(field << 3 | 2) + varint(len(content)) + content


class Table:
    """Things that are written once and then known by their number."""

    def __init__(self, first):
        self.numbers, self.first = {}, first

    def __getitem__(self, thing):
        return self.numbers.setdefault(thing, len(self.numbers) + self.first)


def write(path, samples, pid=100, start_ns=1_700_000_000_000_000_000, duration_ns=1_000_000_000, program='/srv/app', **comments):
    strings, places = Table(0), Table(1)
    strings['']
    out = bytearray()
    for name, unit in TYPES:
        out += block(1, number(1, strings[name]) + number(2, strings[unit]))
    for values, frames, labels in samples:
        body = block(1, b''.join(varint(places[frame]) for frame in frames)) + block(2, b''.join(map(varint, values)))
        for key, value in labels.items():
            text = isinstance(value, str)
            body += block(3, number(1, strings[key]) + (number(2, strings[value]) if text else number(3, value)))
        out += block(2, body)
    for (function, file, line), place in places.numbers.items():
        out += block(4, number(1, place) + block(4, number(1, place) + number(2, line)))
        out += block(5, number(1, place) + number(2, strings[function]) + number(4, strings[file]))
    notes = {'version': '0.1.0', 'program': program, 'pid': pid, 'capture_pct': 100, 'wait_period_ns': 0, 'upscale': 1,
             'threads': 4, 'sites': 10, 'locks': 5, **comments}
    for key, value in notes.items():
        out += number(13, strings[f'mutray.{key}={value}'])
    out += number(9, start_ns) + number(10, duration_ns) + number(12, 1)
    for text in strings.numbers:
        out += block(6, text if isinstance(text, bytes) else text.encode('utf-8', 'surrogateescape'))
    with gzip.open(path, 'wb') as file:
        file.write(out)

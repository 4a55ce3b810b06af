# SPDX-License-Identifier: Apache-2.0
"""Reads profiles through `go tool pprof -raw`: a decoder mutray has no part in.

read(path) gives a Profile: sample types, samples with their values and labels, comments, places by location number.
Anything the decoder says that is not understood here raises an error, so that a change in its output cannot make a test
pass.
"""
import re
import subprocess
from collections import namedtuple

Profile = namedtuple('Profile', 'types default samples comments places')
Sample = namedtuple('Sample', 'values locations labels')
Place = namedtuple('Place', 'function file line')
Totals = namedtuple('Totals', 'wait acquires hold releases')


def go_pprof(*arguments):
    done = subprocess.run(['go', 'tool', 'pprof', *arguments], capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(f'go tool pprof {" ".join(arguments)}: {done.stderr}')
    return done.stdout


def read_places(lines):
    """location -> Place; of several inlined into each other, the innermost. Without symbols all is empty."""
    places = {}
    for line in lines:
        location = re.match(r'^\s+(\d+): 0x[0-9a-f]+ (?:M=\d+ )?(.*)$', line)
        if location:
            named = re.match(r'^(.*) (\S*?):(\d+)(?::\d+)? s=\d+', location[2])
            places[int(location[1])] = Place(named[1], named[2], int(named[3])) if named else Place('', '', 0)
    return places


def read(*paths):
    """Several are merged."""
    head, _, rest = go_pprof('-raw', '-symbolize=none', *paths).partition('\nSamples:\n')
    body, _, tail = rest.partition('\nLocations\n')
    body = body.splitlines()
    types = body[0].split()
    default = next((t.removesuffix('[dflt]') for t in types if t.endswith('[dflt]')), None)
    types = [t.removesuffix('[dflt]') for t in types]
    samples = []
    for line in body[1:]:
        values = re.match(r'^\s*([\d ]+): ((?:\d+ )*)$', line)
        if values:
            samples.append(Sample([int(v) for v in values[1].split()], [int(v) for v in values[2].split()], {}))
            continue
        # A line holds all string labels or all number labels of a sample: `key:[value] key:[value]`.
        labels = re.findall(r'([^:\[\]]+):\[([^\]]*)\]', line)
        if not labels or not samples:
            raise ValueError(f'not understood: {line!r}')
        samples[-1].labels.update((key.strip(), value) for key, value in labels)
    comments = dict(re.findall(r'^Comment: (mutray\.\w+)=(.*)$', head, re.M))
    return Profile(types, default, samples, comments, read_places(tail.partition('\nMappings\n')[0].splitlines()))


def totals_by_lock(profiles):
    """lock name -> sums of the four values over all profiles"""
    sums = {}
    for profile in profiles:
        for sample in profile.samples:
            name = sample.labels['lock name']
            sums[name] = Totals(*(a + b for a, b in zip(sums.get(name, (0, 0, 0, 0)), sample.values)))
    return sums

#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Holds uploads of mutray, and of Datadog's own client for JavaScript,
against the rules of conformance.py, and mutray's profiles against three decoders that are not mutray's: `go tool pprof`,
npm's pprof-format and `protoc --decode`.

Usage: conformance_test.py PROGRAM PROTO FOLDER [unittest arguments]. PROGRAM is instrumented; npm's packages go into
FOLDER. Exit status 77: npm cannot be reached.
"""
import copy
import gzip
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / 'lib'))
import pprof_raw  # noqa: E402
import conformance  # noqa: E402
from capture import CaptureServer, clean_environment, event  # noqa: E402

PROGRAM, PROTO, FOLDER = (os.path.abspath(sys.argv.pop(1)) for _ in range(3))
PACKAGES = ['dd-trace@5.132.0', 'pprof-format@2.3.2']
INPUT = '/profiling/v1/input'
PERIOD_NS = 10**9


def install():
    """npm's packages, unless they are there from an earlier run."""
    os.makedirs(FOLDER, exist_ok=True)
    for script in 'pprof_json.js', 'dd_trace_guest.js':
        pathlib.Path(FOLDER, script).write_text((HERE / script).read_text())  # node looks for packages beside them
    if all(os.path.isdir(f'{FOLDER}/node_modules/{package.split("@")[0]}') for package in PACKAGES):
        return
    try:
        subprocess.run(['npm', 'install', '--prefix', FOLDER, '--no-audit', '--no-fund', '--no-save', *PACKAGES],
                       check=True, timeout=300, stdout=subprocess.DEVNULL)
    except (OSError, subprocess.SubprocessError) as problem:
        print(f'skipped: npm cannot install {" ".join(PACKAGES)}: {problem}')
        sys.exit(77)


def uploads(command, count, unix=None, **environment):
    """The first profiles that a program uploads in agent mode, over TCP or the unix socket of that path."""
    with CaptureServer(unix=unix) as server:
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                   env=clean_environment(DD_PROFILING_ENABLED='true', DD_TRACE_AGENT_URL=server.url,
                                                         DD_SERVICE='conformance', **environment))
        try:
            with server.seen:
                arrived = server.seen.wait_for(lambda: len(profiles_of(server)) >= count, 60)
            assert arrived, f'{command[0]}: {len(profiles_of(server))} uploads'
        finally:
            process.kill()
            process.wait()
        return profiles_of(server)[:count]


def profiles_of(server):
    return [request for request in server.requests if request.path == INPUT]


def decode(body):
    with tempfile.NamedTemporaryFile() as file:
        file.write(body)
        file.flush()
        return conformance.decode_js(file.name, ['node'], f'{FOLDER}/pprof_json.js')


class Genuine(unittest.TestCase):
    """The structural rules hold for Datadog's own client."""

    def test_dd_trace(self):
        requests = uploads(['node', f'{FOLDER}/dd_trace_guest.js'], 2, DD_PROFILING_UPLOAD_PERIOD='2',
                           DD_INSTRUMENTATION_TELEMETRY_ENABLED='false')
        self.assertEqual(requests[0].headers['dd-evp-origin'], 'dd-trace-js')
        conformance.contiguous(requests)
        decoded = 0
        for request in requests:
            for body in conformance.request(request).values():
                conformance.structure(decode(body))
                decoded += 1
        self.assertGreater(decoded, 2)


class Mutray(unittest.TestCase):
    more = {}  # variables of the program
    socket = None

    @classmethod
    def setUpClass(cls):
        cls.requests = uploads([PROGRAM], 1, cls.socket and f'{cls.folder()}/{cls.socket}', DD_PROFILING_CAPTURE_PCT='100',
                               **cls.more)
        [cls.body] = conformance.request(cls.requests[0]).values()
        cls.profile = decode(cls.body)

    @classmethod
    def folder(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        return folder.name

    def test_request(self):
        self.assertEqual(set(event(self.requests[0])), conformance.EVENT_KEYS | {'internal'})

    def test_profile(self):
        self.assertGreater(len(self.profile['samples']), 10)
        conformance.structure(self.profile)
        conformance.lock_profile(self.profile, conformance.number(self.profile['duration']) + PERIOD_NS)

    def test_three_decoders_agree(self):
        raw = gzip.decompress(self.body)
        text = subprocess.run(['protoc', '--decode=mutray.pprof.Profile', f'--proto_path={os.path.dirname(PROTO)}', PROTO],
                              input=raw, check=True, capture_output=True).stdout.decode('latin-1')
        protoc = sorted([int(value) for value in re.findall(r'^  value: (-?\d+)$', sample, re.M)]
                        for sample in re.findall(r'^sample \{$(.*?)^\}$', text, re.M | re.S))
        js = sorted([conformance.number(value) for value in sample['values']] for sample in self.profile['samples'])
        with tempfile.NamedTemporaryFile(suffix='.pprof') as file:
            file.write(self.body)
            file.flush()
            read = pprof_raw.read(file.name)
        self.assertEqual(protoc, js)
        # go tool pprof merges samples that differ in nothing it shows, so sums are compared.
        self.assertEqual([sum(column) for column in zip(*(sample.values for sample in read.samples))],
                         [sum(column) for column in zip(*js)])
        self.assertEqual({sample.labels['lock name'] for sample in read.samples},
                         {dict(sample['labels'])['lock name'] for sample in self.profile['samples']})
        self.assertEqual(len(re.findall('^string_table: ', text, re.M)), len(self.profile['strings']))


class OverSocket(Mutray):
    """The same through an agent's unix socket: nothing but the host differs."""
    socket = 'apm.socket'

    def test_host(self):
        self.assertEqual(self.requests[0].headers['host'], 'localhost')


class Timeline(Mutray):
    """The same with single events, which have their times."""
    more = {'DD_PROFILING_TIMELINE_ENABLED': 'true'}

    def test_times(self):
        start = conformance.number(self.profile['time'])
        end = start + conformance.number(self.profile['duration'])
        timed = 0
        for sample in self.profile['samples']:
            moment = dict(sample['labels']).get('end_timestamp_ns')
            if moment is not None:
                self.assertTrue(start - PERIOD_NS <= conformance.number(moment) <= end + PERIOD_NS)
                timed += 1
        self.assertGreater(timed, 1000)


class Checker(unittest.TestCase):
    """The rules can be broken: a checker that passes everything would prove nothing."""

    @classmethod
    def setUpClass(cls):
        [body] = conformance.request(uploads([PROGRAM], 1, DD_PROFILING_CAPTURE_PCT='100')[0]).values()
        cls.profile = decode(body)

    def test_spoilt_profiles(self):
        good = self.profile

        def spoil(change, rule=conformance.structure):
            profile = copy.deepcopy(good)
            change(profile)
            with self.assertRaises(conformance.Violation):
                rule(profile)

        spoil(lambda p: p['strings'].__setitem__(0, 'x'))
        spoil(lambda p: p['strings'].append(p['strings'][1]))
        spoil(lambda p: p['samples'][0]['values'].pop())
        spoil(lambda p: p['samples'][0]['locations'].append(10**6))
        spoil(lambda p: p['samples'][0]['labels'].append(p['samples'][0]['labels'][0]))
        spoil(lambda p: p['locations'].pop(0))
        spoil(lambda p: p['functions'].pop(0))
        spoil(lambda p: p.update(time=0))
        spoil(lambda p: p.update(period=0))
        locks = lambda p: conformance.lock_profile(p, 10**12)  # noqa: E731
        locks(good)
        spoil(lambda p: p['samples'][0].update(values=[0, 1, 0, 1]), locks)
        spoil(lambda p: p['samples'][0].update(values=[5, 0, 0, 1]), locks)
        spoil(lambda p: p['samples'][0].update(values=[0, 0, 10**13, 1]), locks)
        spoil(lambda p: p['samples'][0]['labels'].__setitem__(0, ['lock name', '0x7f00']), locks)
        spoil(lambda p: p['types'].reverse(), locks)

    def test_spoilt_tags(self):
        good = 'service:s,language:native,runtime-id:1,profiler_version:1,process_id:1'
        conformance.tags(good)
        for spoilt in good + ',', good + ',env:', good.replace('service:s,', ''), good + ',x':
            with self.assertRaises(conformance.Violation):
                conformance.tags(spoilt)


if __name__ == '__main__':
    install()
    unittest.main()

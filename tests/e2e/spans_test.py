#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""samples/spans, a program that tells its spans: with the runtime, without it, and with the timeline.

Usage: spans_test.py PROJECT BIN; BIN holds mutray and mutray-cc.
"""
import collections
import glob
import os
import subprocess
import sys
import tempfile
import unittest

for folder in 'lib', 'upload':
    sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', folder))
import capture
import pprof_raw

PROJECT, BIN = sys.argv.pop(1), sys.argv.pop(1)
SOURCE = os.path.join(PROJECT, 'samples', 'spans', 'spans.c')
COMPILER = ['gcc', '-O2', '-Wall', '-Wextra', '-Wpedantic', '-Werror', '-I', os.path.join(PROJECT, 'runtime', 'include'),
            '-pthread']
REQUESTS = 20


class Spans(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.environment = capture.clean_environment(PATH=f'{BIN}:{os.environ["PATH"]}')

    def do(self, *command, **more):
        done = subprocess.run(command, cwd=self.folder, env={**self.environment, **more}, capture_output=True, text=True,
                              timeout=60)
        self.assertEqual((done.returncode, done.stderr), (0, ''), f'{command}\n{done.stdout}')
        return done.stdout

    def profile(self, program, **more):
        self.assertEqual(self.do(program, DD_PROFILING_OUTPUT_PPROF='p', DD_PROFILING_CAPTURE_PCT='100', **more),
                         f'{REQUESTS} requests\n')
        [path] = glob.glob(f'{self.folder}/p.*.pprof')
        return pprof_raw.read(path)

    def check(self, profile):
        """Each request has one acquire and release of `journal` in its root, one of `connection` in a span below."""
        roots, found = set(), collections.Counter()
        for sample in profile.samples:
            span, root = (int(sample.labels.get(key, '0')) for key in ('span id', 'local root span id'))
            lock = sample.labels['lock name'].split(':')[-1]
            below = 'none' if span == 0 else 'root' if span == root else 'below'
            found[lock, below] += sample.values[1] + sample.values[3]
            roots |= {root}
        self.assertEqual(found, {('journal', 'root'): 2 * REQUESTS, ('connection', 'below'): 2 * REQUESTS,
                                 ('journal', 'none'): 2})
        self.assertEqual(len(roots), REQUESTS + 1)
        self.assertEqual(profile.comments['mutray.apart_folded'], '0')

    def test_with_the_runtime(self):
        for compiler in 'gcc', 'clang':
            self.do('mutray', 'cc', '--', compiler, *COMPILER[1:], '-o', f'spans-{compiler}', SOURCE)
        for program in './spans-gcc', './spans-clang':
            profile = self.profile(program)
            self.check(profile)
            self.assertFalse(any('end_timestamp_ns' in sample.labels for sample in profile.samples))
            os.remove(*glob.glob(f'{self.folder}/p.*.pprof'))
        self.assertEqual(self.do('./spans-gcc'), f'{REQUESTS} requests\n')

    def test_with_the_timeline(self):
        self.do('mutray-cc', *COMPILER, '-o', 'spans', SOURCE)
        profile = self.profile('./spans', DD_PROFILING_TIMELINE_ENABLED='true')
        self.check(profile)
        self.assertEqual(len(profile.samples), 4 * REQUESTS + 2)
        self.assertTrue(all(int(sample.labels['end_timestamp_ns']) > 10**18 for sample in profile.samples))

    def test_without_mutray(self):
        """Plain, and statically; as a plain program with the runtime put before it, whose calls then arrive."""
        self.do(*COMPILER, '-o', 'spans', SOURCE)
        self.do(*COMPILER, '-static', '-o', 'spans-static', SOURCE)
        for program in './spans', './spans-static':
            self.assertEqual(self.do(program), f'{REQUESTS} requests\n')
        self.do('mutray-cc', *COMPILER, '-c', '-o', 'spans.o', SOURCE)
        self.do(*COMPILER, '-o', 'spans-unlinked', 'spans.o')
        self.assertEqual(self.do('./spans-unlinked'), f'{REQUESTS} requests\n')
        self.check(self.profile('./spans-unlinked', LD_PRELOAD=f'{BIN}/../lib/libmutray.so'))

    def test_statically(self):
        self.do('mutray-cc', *COMPILER, '-static', '-o', 'spans', SOURCE)
        self.check(self.profile('./spans'))


if __name__ == '__main__':
    unittest.main()

#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Locks of a library that a .mutray file describes, and locks that the project wants named otherwise or left alone.

Usage: described_test.py SOURCES BIN; BIN holds mutray and mutray-cc.
"""
import glob
import json
import os
import re
import subprocess
import sys
import tempfile
import unittest

SOURCES, BIN = sys.argv.pop(1), sys.argv.pop(1)


class Described(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.environment = {name: value for name, value in os.environ.items() if not name.startswith(('DD_', 'MUTRAY_'))}

    def do(self, *command, **more):
        done = subprocess.run(command, cwd=self.folder, env={**self.environment, **more}, capture_output=True, text=True,
                              timeout=60)
        self.assertEqual(done.returncode, 0, f'{command}\n{done.stdout}\n{done.stderr}')
        return done.stdout

    def test_names_and_counts(self):
        source = os.path.join(SOURCES, 'app.c')
        self.do('gcc', '-O1', '-c', os.path.join(SOURCES, 'latch.c'), '-o', 'latch.o')
        self.do(f'{BIN}/mutray-cc', 'gcc', '-O2', '-Wall', '-Wextra', '-Wpedantic', '-Werror', source, 'latch.o', '-o',
                'app', '-pthread')
        self.assertEqual(self.do('./app', DD_PROFILING_OUTPUT_PPROF='p', DD_PROFILING_CAPTURE_PCT='100'), 'done\n')
        report = json.loads(self.do(f'{BIN}/mutray', 'report', '--json', *glob.glob(f'{self.folder}/p.*.pprof')))
        with open(source) as file:
            expected = {f'app.c:{number}:{name}' for number, line in enumerate(file, 1)
                        for name in re.findall(r'!CREATE! (\w+)', line)}
        found = {lock['name']: lock for lock in report['locks']}
        self.assertEqual(set(found), expected)
        for name, lock in found.items():
            self.assertEqual(lock['acquisitions'], 10, name)

    def test_a_library_in_the_programs_own_sources(self):
        folder = os.path.join(SOURCES, '..', 'vendored')
        sources = [os.path.join(folder, name) for name in ('app.c', 'handles.c')]
        self.do(f'{BIN}/mutray-cc', 'gcc', '-O2', '-Wall', '-Wextra', '-Werror', *sources, '-o', 'app', '-pthread')
        self.assertEqual(self.do('./app', DD_PROFILING_OUTPUT_PPROF='p', DD_PROFILING_CAPTURE_PCT='100'), 'done\n')
        report = json.loads(self.do(f'{BIN}/mutray', 'report', '--json', *glob.glob(f'{self.folder}/p.*.pprof')))
        expected = {}
        for source in sources:
            with open(source) as file:
                expected.update({f'{os.path.basename(source)}:{number}:{name}': 10 for number, line in enumerate(file, 1)
                                 for name in re.findall(r'!CREATE! (\w+)', line)})
        expected.update({name: 4 for name in expected if name.endswith(':count_lock')}) # once for each allocation
        expected.update({name: 1 for name in expected if re.match(r'handles.c:.*:lock', name)}) # received without a name
        self.assertEqual({lock['name']: lock['acquisitions'] for lock in report['locks']}, expected)

    def test_status_says_what_was_left_alone(self):
        self.do(f'{BIN}/mutray-cc', 'gcc', '-c', os.path.join(SOURCES, 'app.c'), '-o', 'app.o')
        status = self.do(f'{BIN}/mutray', 'status', 'app.o')
        self.assertIn('excluded in .mutray: noisy', status)
        self.assertIn('its lock is ignored by a comment', status)

    def test_a_mistake_is_told_and_breaks_nothing(self):
        with open(f'{self.folder}/.mutray', 'w') as file:
            file.write('function latch_enter mutex grab 0\n')
        with open(f'{self.folder}/app.c', 'w') as file:
            file.write('#include <pthread.h>\nstatic pthread_mutex_t m;\nint main(void) { return pthread_mutex_lock(&m); }\n')
        self.do(f'{BIN}/mutray-cc', 'gcc', '-c', 'app.c')
        self.assertRegex(self.do(f'{BIN}/mutray', 'status', 'app.o'), r'\.mutray:1: a role is init, destroy, acquire')


if __name__ == '__main__':
    unittest.main()

#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The runners: what they check, that they ask, that the key stays secret, and that they build what is missing.

Usage: runner_test.py SOURCE_FOLDER BUILD_FOLDER
"""
import os
import shutil
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'upload'))
import capture

PROGRAMS = ('lock_production_stress_test', 'rlock_production_stress_test')
KEY = '0123456789abcdef0123456789abcdef'


def posts(server):
    return sum(request.method == 'POST' for request in server.requests)


class Runner(unittest.TestCase):
    def run_runner(self, *words, program=PROGRAMS[0], answer='', **settings):
        return subprocess.run([f'{SOURCE}/samples/stress/run_{program}.sh', *words], input=answer, text=True,
                              capture_output=True, timeout=120,
                              env=capture.clean_environment(MUTRAY_BUILD=BUILD, DD_PROFILING_API_TIMEOUT_MS='300',
                                                            **settings))

    def refused(self, status, words, done):
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        self.assertIn(words, done.stdout + done.stderr)
        self.assertNotIn('Phase 1', done.stdout)

    def test_no_destination(self):
        self.refused(1, 'no destination', self.run_runner('1', '1', '--yes'))

    def test_no_agent(self):
        self.refused(1, 'no agent answers', self.run_runner('1', '1', '--yes', DD_AGENT_HOST='127.0.0.1',
                                                            DD_TRACE_AGENT_PORT='1'))

    def test_wrong_words(self):
        for words in (['--maybe'], ['1', '1', '1']):
            self.refused(2, 'usage: run_lock', self.run_runner(*words, DD_API_KEY=KEY))
        for words in (['x'], ['0'], ['1', '-1'], ['1', '1000']):
            self.refused(2, 'usage: lock', self.run_runner(*words, '--yes', DD_API_KEY=KEY, DD_SITE='invalid'))

    def test_asks(self):
        for answer in ('n\n', '', 'maybe\n'):
            self.refused(1, 'Continue? [y/N]', self.run_runner('1', '1', answer=answer, DD_API_KEY=KEY))

    def test_runs(self):
        with capture.CaptureServer() as server:
            settings = dict(DD_AGENT_HOST='127.0.0.1', DD_TRACE_AGENT_PORT=str(server.port))
            for program in PROGRAMS:
                for words, answer in ((['--yes', '1', '1'], ''), (['1', '1'], 'y\n')):
                    with self.subTest(program=program, words=words):
                        before = posts(server)
                        done = self.run_runner(*words, program=program, answer=answer, **settings)
                        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
                        self.assertIn('✓ agent', done.stdout)
                        self.assertIn(f'service {program.replace("_", "-")}, env stress-test', done.stdout)
                        self.assertIn('profile type Lock', done.stdout)
                        self.assertGreater(posts(server), before)

    def test_key_wins_and_is_masked(self):
        done = self.run_runner('1', '1', '--yes', DD_API_KEY=KEY, DD_SITE='site.invalid', DD_AGENT_HOST='127.0.0.1',
                               DD_TRACE_AGENT_PORT='1')
        self.assertIn('✓ agentless: key ' + '*' * 32 + ', site site.invalid', done.stdout)
        self.assertIn('Phase 6', done.stdout)
        self.assertNotIn(KEY, done.stdout + done.stderr)

    def test_builds_what_is_missing(self):
        # A build folder with everything but the program: the `stress` target of the real one is asked to make it.
        program = f'{BUILD}/samples/stress/{PROGRAMS[0]}'
        with tempfile.TemporaryDirectory() as scratch:
            shutil.move(program, scratch)
            try:
                done = self.run_runner('1', '1', answer='n\n', DD_API_KEY=KEY)
                self.assertIn('building', done.stdout)
                self.assertTrue(os.access(program, os.X_OK), done.stdout + done.stderr)
            finally:
                if not os.path.exists(program):
                    shutil.move(f'{scratch}/{PROGRAMS[0]}', program)


if __name__ == '__main__':
    BUILD, SOURCE = sys.argv.pop(2), sys.argv.pop(1)
    unittest.main()

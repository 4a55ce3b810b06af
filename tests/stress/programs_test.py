#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The stress programs themselves, as a user runs them: short, against a server of our own.

Usage: programs_test.py FOLDER_OF_PROGRAMS PLAIN_FOLDER [unittest arguments]
"""
import glob
import os
import signal
import subprocess
import sys
import tempfile
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'upload'))
import capture

PRODUCTION = ('lock_production_stress_test', 'rlock_production_stress_test')
DEBUG = ('lock_debug_stress_test', 'rlock_debug_stress_test')


class Programs(unittest.TestCase):
    def setUp(self):
        self.scratch = tempfile.TemporaryDirectory()
        self.prefix = os.path.join(self.scratch.name, 'profile')

    def tearDown(self):
        self.scratch.cleanup()

    def environment(self, **settings):
        # Nobody listens where uploads go by default, and local files stay in the scratch folder.
        return capture.clean_environment(**{'DD_TRACE_AGENT_PORT': str(capture.free_port()),
                                            'DD_PROFILING_OUTPUT_PPROF': self.prefix, **settings})

    def run_program(self, program, *words, folder=None, **settings):
        return subprocess.run([os.path.join(folder or PROGRAMS, program), *words], env=self.environment(**settings),
                              capture_output=True, text=True, timeout=120)

    def files(self):
        return glob.glob(f'{self.prefix}.*.pprof')


class Verified(Programs):
    """Each program at its shortest, all assertions on, and what arrived against what is in the files."""

    def verify(self, program, duration, workers):
        with capture.CaptureServer() as server:
            done = self.run_program(program, duration, workers, '--verify', DD_AGENT_HOST='127.0.0.1',
                                    DD_TRACE_AGENT_PORT=str(server.port))
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertIn('\nVERIFIED\n', done.stdout)
        self.assertGreater(len(server.requests), 0)
        words = ['--assert']
        for number, request in enumerate(server.requests):
            path = os.path.join(self.scratch.name, f'received.{number}')
            with open(path, 'wb') as out:
                out.write(capture.parts(request)['profile.pprof'].body)
            words += ['--received', path]
        account, = glob.glob(f'{self.prefix}.*.account')
        again = subprocess.run([os.path.join(PROGRAMS, 'stress_verify'), *words, account, *self.files()],
                               capture_output=True, text=True, timeout=60)
        self.assertEqual(again.returncode, 0, again.stdout + again.stderr)
        self.assertIn('ok      the names received are the names in the local files', again.stdout)
        return capture.event(server.requests[0])['tags_profiler'].split(',')

    def test_lock_production(self):
        tags = self.verify('lock_production_stress_test', '3', '4')
        for tag in 'service:lock-production-stress-test', 'env:stress-test', 'version:1.0.0':
            self.assertIn(tag, tags)

    def test_rlock_production(self):
        self.assertIn('service:rlock-production-stress-test', self.verify('rlock_production_stress_test', '3', '4'))

    def test_lock_debug(self):
        tags = self.verify('lock_debug_stress_test', '2', '3')
        for tag in 'service:lock-debug-stress-test', 'env:debug', 'version:1.0.0':
            self.assertIn(tag, tags)

    def test_rlock_debug(self):
        self.assertIn('service:rlock-debug-stress-test', self.verify('rlock_debug_stress_test', '2', '3'))


class Diagnosis(Programs):
    def diagnosed(self, status, row, done):
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        self.assertIn(row, done.stdout)

    def test_works(self):
        with capture.CaptureServer() as server:
            done = self.run_program(DEBUG[0], '1', '2', DD_AGENT_HOST='127.0.0.1', DD_TRACE_AGENT_PORT=str(server.port))
        self.diagnosed(0, '> has names       delivered', done)
        self.assertIn('Good names', done.stdout)
        self.assertNotIn('Generic names', done.stdout)

    def test_pipeline(self):
        self.diagnosed(2, '> has names       not delivered', self.run_program(DEBUG[0], '1', '2'))
        with capture.CaptureServer([403]) as server:
            done = self.run_program(DEBUG[1], '1', '2', DD_AGENT_HOST='127.0.0.1', DD_TRACE_AGENT_PORT=str(server.port))
        self.diagnosed(2, '> has names       not delivered', done)

    def test_no_destination(self):
        environment = self.environment()
        del environment['DD_TRACE_AGENT_PORT']
        done = subprocess.run([os.path.join(PROGRAMS, DEBUG[0]), '1', '2'], env=environment, capture_output=True,
                              text=True, timeout=60)
        self.diagnosed(2, '> has names       not delivered', done)
        self.assertIn('no destination is set', done.stdout)
        done = subprocess.run([os.path.join(PROGRAMS, PRODUCTION[0]), '1', '2', '--verify'], env=environment,
                              capture_output=True, text=True, timeout=60)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_collector(self):
        done = self.run_program(DEBUG[0], '1', '2', folder=PLAIN)
        self.diagnosed(1, '> no names', done)
        self.assertIn('not instrumented', done.stdout)


class CommandLine(Programs):
    def test_bad_input(self):
        environment = capture.clean_environment()
        for program in PRODUCTION + DEBUG:
            for words in (['abc'], ['0'], ['-5'], ['5', '0'], ['5', '-1'], ['5', 'many'], ['86401'], ['5', '257'],
                          ['99999999999999999999'], ['5', '99999999999999999999'], ['1.5'], ['0x10'], [''], [' 5'],
                          ['5 '], ['5', '2', '3'], ['--yes'], ['--verify=1'], ['5\n']):
                with self.subTest(program=program, words=words):
                    done = subprocess.run([os.path.join(PROGRAMS, program), *words], env=environment,
                                          capture_output=True, text=True, timeout=10)
                    self.assertEqual(done.returncode, 2)
                    self.assertEqual(done.stdout, '')
                    self.assertEqual(done.stderr.count('\n'), 1, done.stderr)
                    self.assertIn('usage: ' + program, done.stderr)

    def test_interrupted(self):
        for program, number in ((PRODUCTION[0], signal.SIGINT), (PRODUCTION[1], signal.SIGTERM),
                                (DEBUG[0], signal.SIGINT)):
            with self.subTest(program=program):
                process = subprocess.Popen([os.path.join(PROGRAMS, program), '600', '2'], env=self.environment(),
                                           stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
                while not process.stdout.readline().startswith('Names to expect'):
                    pass
                time.sleep(1)
                process.send_signal(number)
                output, _ = process.communicate(timeout=60)
                self.assertEqual(process.returncode, 128 + number, output)
                files = glob.glob(f'{self.prefix}.{process.pid}.*.pprof')
                sizes = [os.path.getsize(path) for path in files]
                self.assertGreater(max(sizes, default=0), 300, output)

    def test_old_files_are_cleared(self):
        gone = subprocess.Popen(['true'])
        gone.wait()
        old = f'/tmp/lock_debug_stress_test.{gone.pid}.1.pprof'
        ours = f'/tmp/lock_debug_stress_test.{os.getpid()}.1.pprof'
        for path in old, ours:
            open(path, 'w').close()
        environment = self.environment()
        del environment['DD_PROFILING_OUTPUT_PPROF']
        process = subprocess.Popen([os.path.join(PROGRAMS, DEBUG[0]), '1', '1'], env=environment,
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        process.wait(timeout=60)
        mine = glob.glob(f'/tmp/lock_debug_stress_test.{process.pid}.*.pprof')
        try:
            self.assertFalse(os.path.exists(old))
            self.assertTrue(os.path.exists(ours))
            self.assertGreater(len(mine), 0)
        finally:
            for path in mine + [ours] + glob.glob(f'/tmp/lock_debug_stress_test.{process.pid}.*'):
                if os.path.exists(path):
                    os.unlink(path)


if __name__ == '__main__':
    PROGRAMS, PLAIN = sys.argv.pop(1), sys.argv.pop(1)
    unittest.main()

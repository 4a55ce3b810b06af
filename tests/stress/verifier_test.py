#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""stress_verify can say no: a run and a profile that agree are VERIFIED, and each thing that can be wrong with the
profile is found, by the assertion that is meant to find it.

Usage: verifier_test.py STRESS_VERIFY MAKE_PROFILE
"""
import os
import subprocess
import sys
import tempfile
import unittest

SOURCE = '''\
static lock_t shared_lock; /* !CREATE! shared_lock */
static lock_t own_lock; /* !CREATE! own_lock */
static lock_t again_lock; /* !CREATE! again_lock */
static lock_t unused_lock; /* !CREATE! unused_lock */
'''
ACCOUNT = '''\
source {folder}/shop.c
phase 40000000 Phase 1: Shop
expect shared_lock
expect own_lock
expect again_lock
thread shop-W0 = shop-Worker-0
contended shared_lock shop-W0
contended shared_lock shop-W1
contended shared_lock shop-W2
section shared_lock serve 1 1000 10 12000000
section own_lock count 0 500 4 2400000
section again_lock enter 2 700 2 0
section again_lock reenter 3 700 2 1500000
'''
SHARED, OWN, AGAIN = 'shop.c:1:shared_lock', 'shop.c:2:own_lock', 'shop.c:3:again_lock'
# What a correct profiler writes about that run: name, function, (wait, acquires, hold, releases), labels.
TRUTH = [
    (SHARED, 'serve', (9000, 5, 0, 0), dict(thread_name='shop-W0', wait_bucket=1024)),
    (SHARED, 'serve', (9000, 5, 0, 0), dict(thread_name='shop-W1', wait_bucket=1024)),
    (SHARED, 'serve', (0, 0, 13000000, 10), dict(thread_name='shop-W2', hold_bucket=1048576)),
    (OWN, 'count', (0, 4, 0, 0), {}),
    (OWN, 'count', (0, 0, 2500000, 4), dict(hold_bucket=524288)),
    (AGAIN, 'enter', (0, 2, 0, 0), {}),
    (AGAIN, 'reenter', (0, 2, 0, 0), {}),
    (AGAIN, 'enter', (0, 0, 1600000, 2), dict(hold_bucket=524288)),
]


class Verifier(unittest.TestCase):
    def setUp(self):
        self.scratch = tempfile.TemporaryDirectory()
        self.folder = self.scratch.name
        with open(self.path('shop.c'), 'w') as out:
            out.write(SOURCE)
        with open(self.path('account'), 'w') as out:
            out.write(ACCOUNT.format(folder=self.folder))

    def tearDown(self):
        self.scratch.cleanup()

    def path(self, name):
        return os.path.join(self.folder, name)

    def write(self, name, samples):
        lines = ['types wait acquire hold release']
        for lock, function, values, labels in samples:
            numbers = [f'{kind}={value}' for kind, value in zip(('wait', 'acquire', 'hold', 'release'), values) if value]
            words = [f'{key}={value}' for key, value in labels.items()]
            lines.append(' '.join(['sample', *numbers, f'lock_name={lock}', *words, f'frames=/src/shop.c:1:{function}']))
        with open(self.path('text'), 'w') as out:
            out.write('\n'.join(lines) + '\n')
        subprocess.run([MAKE_PROFILE, self.path('text'), self.path(name)], check=True)
        return self.path(name)

    def verify(self, samples, *options):
        done = subprocess.run([VERIFY, *options, self.path('account'), self.write('local.pprof', samples)],
                              capture_output=True, text=True, timeout=30)
        return done.returncode, done.stdout + done.stderr

    def found_by(self, claim, samples):
        """The changed profile fails, and it is this assertion that fails it."""
        status, output = self.verify(samples, '--assert')
        self.assertEqual(status, 1, output)
        self.assertIn('NOT VERIFIED', output)
        self.assertIn(f'FAILED  {claim}', output)

    @staticmethod
    def changed(index, name=None, function=None, values=None, **labels):
        samples = list(TRUTH)
        old = samples[index]
        samples[index] = (name or old[0], function or old[1], values or old[2], {**old[3], **labels})
        return samples

    def test_truth(self):
        status, output = self.verify(TRUTH, '--assert')
        self.assertEqual(status, 0, output)
        self.assertIn('\nVERIFIED', output)
        self.assertEqual(output.count('\nok  '), 8, output)

    def test_missing_name(self):
        self.found_by('every expected name is there', TRUTH[:3] + TRUTH[5:])

    def test_bad_names(self):
        for name in ('shop.c:2', 'shop.c:9:own_lock', 'mutex.c:45:m', 'unknown:0:own_lock', '0x7ffe12:3:own_lock', 'x',
                     'shop.c:2:other'):
            with self.subTest(name):
                self.found_by('no name is generic', TRUTH + [(name, 'count', (0, 1, 0, 0), {})])

    def test_locks_under_one_name(self):
        self.found_by('distinct locks', self.changed(3, name=SHARED))

    def test_counts(self):
        self.found_by('acquires and releases', self.changed(3, values=(0, 3, 0, 0)))
        self.found_by('acquires and releases', self.changed(3, values=(0, 5, 0, 0)))
        self.found_by('acquires and releases', self.changed(2, values=(0, 0, 13000000, 9)))

    def test_short_holds(self):
        self.found_by('every hold', self.changed(2, values=(0, 0, 11000000, 10)))
        self.found_by('every hold', self.changed(4, hold_bucket=131072))

    def test_too_long_holds(self):
        self.found_by('no lock was held longer', self.changed(2, values=(0, 0, 40000001, 10)))

    def test_waits(self):
        self.found_by('under contention', self.changed(1, thread_name='other'))

    def test_reentrance(self):
        self.found_by('a lock taken again', self.changed(7, function='reenter'))

    def test_received(self):
        received = self.write('received.pprof', TRUTH)
        self.assertEqual(self.verify(TRUTH, '--diagnose', '--received', received)[0], 0)
        less = self.write('less.pprof', TRUTH[:5])
        status, output = self.verify(TRUTH, '--diagnose', '--received', less)
        self.assertEqual(status, 2, output)
        self.assertIn(f'{AGAIN} did not arrive', output)
        more = self.write('more.pprof', TRUTH + [('shop.c:4:unused_lock', 'count', (0, 1, 0, 0), {})])
        self.assertEqual(self.verify(TRUTH, '--diagnose', '--received', more)[0], 2)

    def test_diagnosis(self):
        generic = self.changed(3, name='shop.c:2')
        for status, samples, options, row in ((0, TRUTH, [], '> has names       delivered'),
                                              (1, generic, [], '> no names'),
                                              (1, [], [], '> no names'),
                                              (1, generic, ['--undelivered', 'refused'], '> no names'),
                                              (2, TRUTH, ['--undelivered', 'refused'], '> has names       not delivered')):
            with self.subTest(row):
                found, output = self.verify(samples, '--diagnose', *options)
                self.assertEqual(found, status, output)
                self.assertEqual(output.count('\n> '), 1, output)
                self.assertIn(row, output)

    def test_unreadable(self):
        with open(self.path('broken.pprof'), 'w') as out:
            out.write('no profile')
        for words in ([self.path('account'), self.path('broken.pprof')], [self.path('shop.c')], []):
            done = subprocess.run([VERIFY, '--assert', *words], capture_output=True, text=True, timeout=30)
            self.assertNotEqual(done.returncode, 0)
            self.assertEqual(done.stderr.count('\n'), 1, done.stderr)


if __name__ == '__main__':
    VERIFY, MAKE_PROFILE = sys.argv.pop(1), sys.argv.pop(1)
    unittest.main()

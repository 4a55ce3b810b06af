#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The whole way, with samples/shop: built plain and through mutray, run, and its profile read by somebody else's decoder.

What must come out is written in the shop's own sources: the comment `!CREATE! name` stands on the line where the lock
`name` is created, followed by `many` (there are several such locks), `shared` (it has several holders at a time) or
`recursive`. And the shop counts its own work: at 100 % the profile has to count the same.

Usage: shop_test.py SHOP_SOURCES PLAIN INSTRUMENTED MUTRAY [unittest arguments]
"""
import glob
import json
import os
import re
import subprocess
import sys
import tempfile
import time
import unittest

for folder in 'lib', 'upload':
    sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', folder))
import capture
import pprof_raw

CLERKS = 4
ARGUMENTS = ['1', str(CLERKS)]
TYPES = ['lock-acquire-wait/nanoseconds', 'lock-acquire/count', 'lock-release-hold/nanoseconds', 'lock-release/count']


def created_locks():
    """`file.c:LINE:name` -> the words after the name, from the marker comments"""
    locks = {}
    for path in glob.glob(os.path.join(SOURCES, '*.c')):
        with open(path) as source:
            for number, line in enumerate(source, 1):
                marker = re.search(r'!CREATE! (\w+)(.*?)\*/', line)
                if marker:
                    locks[f'{os.path.basename(path)}:{number}:{marker[1]}'] = marker[2].split()
    return locks


def run_shop(program, folder, **settings):
    """Runs the shop in an own folder; returns what it did and the seconds it took."""
    begin = time.monotonic()
    done = subprocess.run([program, *ARGUMENTS], cwd=folder, env=capture.clean_environment(**settings),
                          capture_output=True, text=True, timeout=60)
    return done, time.monotonic() - begin


class Profiled(unittest.TestCase):
    """One run with every event recorded."""

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        prefix = os.path.join(cls.folder.name, 'shop')
        cls.done, cls.seconds = run_shop(INSTRUMENTED, cls.folder.name, DD_PROFILING_OUTPUT_PPROF=prefix,
                                         DD_PROFILING_CAPTURE_PCT='100')
        cls.paths = sorted(glob.glob(f'{prefix}.*.pprof'))
        cls.profiles = [pprof_raw.read(path) for path in cls.paths]
        cls.totals = pprof_raw.totals_by_lock(cls.profiles)
        cls.locks = created_locks()

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def lock(self, name):
        """The totals of the one lock called so."""
        found = [totals for lock, totals in self.totals.items() if lock.endswith(f':{name}')]
        self.assertEqual(len(found), 1, name)
        return found[0]

    def test_same_words(self):
        plain, _ = run_shop(PLAIN, self.folder.name)
        self.assertEqual((self.done.returncode, self.done.stdout, self.done.stderr), (0, plain.stdout, ''))

    def test_shape(self):
        self.assertGreater(len(self.profiles), 0)
        for profile in self.profiles:
            self.assertEqual(profile.types, TYPES)
            self.assertEqual(profile.default, TYPES[0])
            self.assertEqual(float(profile.comments['mutray.capture_pct']), 100)
            for sample in profile.samples:
                # An acquire has a wait (it may be 0) and a count, a release has a hold and a count, none has both.
                wait, acquires, hold, releases = sample.values
                self.assertNotEqual(acquires > 0, releases > 0, sample)
                self.assertEqual(hold if acquires else wait, 0, sample)

    def test_every_lock_by_its_name(self):
        self.assertGreater(len(self.locks), 10)
        self.assertEqual(sorted(self.totals), sorted(self.locks))

    def test_declarations(self):
        declarations = {(s.labels['lock name'].split(':')[2], s.labels['lock declaration'])
                        for p in self.profiles for s in p.samples}
        for name, declaration in [('ledger_lock', 'ledger_lock'), ('number_lock', 'order_number.number_lock'),
                                  ('lock', 'shelf.lock'), ('guard', 'order_queue.guard'), ('mutex', 'session.mutex'),
                                  ('till', 'main.till')]:
            self.assertIn((name, declaration), declarations)

    def test_kinds_and_modes(self):
        kinds = {(s.labels['lock name'].split(':')[2], s.labels['lock kind'], s.labels.get('lock mode'))
                 for p in self.profiles for s in p.samples}
        rwlock = {k for k in kinds if k[0] == 'catalogue_lock'}
        self.assertEqual(rwlock, {('catalogue_lock', 'rwlock', 'read'), ('catalogue_lock', 'rwlock', 'write')})
        self.assertIn(('sold_lock', 'spin', None), kinds)
        self.assertIn(('ledger_lock', 'mutex', None), kinds)

    def test_counts_are_the_shops_own(self):
        numbers = [int(n) for n in re.findall(r'(\d+) (?:customers|orders|lines)', self.done.stdout)]
        customers, orders, lines = numbers
        self.assertEqual(self.lock('till').acquires, customers)
        self.assertEqual(self.lock('number_lock').acquires, orders)
        self.assertEqual(self.lock('ledger_lock').acquires, orders + 1)  # and once to print the summary
        self.assertEqual(self.lock('pen').acquires, lines + 1)

    def test_nothing_lost(self):
        last = self.profiles[-1].comments
        for loss in 'drops_busy', 'drops_region', 'stacks_folded', 'threads_unprofiled', 'units_refused':
            self.assertEqual(last[f'mutray.{loss}'], '0', loss)

    def test_as_many_releases_as_acquires(self):
        for lock, traits in self.locks.items():
            acquires, releases = self.totals[lock].acquires, self.totals[lock].releases
            if 'recursive' in traits:
                # Each acquire counts, but there is one hold, from the first acquire to the last release.
                self.assertLess(releases, acquires, lock)
                self.assertGreater(releases, 0, lock)
            else:
                self.assertEqual(releases, acquires, lock)

    def test_holds_fit_into_the_run(self):
        for lock, traits in self.locks.items():
            # The clerks, half as many packers, the decorator, main(): so many can hold locks of one name at a time.
            holders = CLERKS + CLERKS // 2 + 2 if set(traits) & {'many', 'shared'} else 1
            self.assertGreater(self.totals[lock].hold, 0, lock)
            self.assertLessEqual(self.totals[lock].hold, self.seconds * 1e9 * holders, lock)

    def test_contention_is_seen(self):
        # The ledger's page is written with the ledger locked: packers wait for each other there.
        self.assertGreater(self.lock('ledger_lock').wait, 0)
        waits = [s for p in self.profiles for s in p.samples
                 if s.labels['lock name'].endswith(':ledger_lock') and 'wait bucket' in s.labels]
        self.assertTrue(any(re.match(r'ledger\.c:\d+:ledger_post$', s.labels.get('holder', '')) for s in waits))

    def test_no_address_and_no_unknown(self):
        for path in self.paths:
            tags = pprof_raw.go_pprof('-tags', path)
            names = re.search(r'^ *lock name: Total.*?(?=^ *$)', tags, re.M | re.S)[0]
            self.assertNotRegex(names, r'0x|unknown')

    def test_report_agrees(self):
        done = subprocess.run([MUTRAY, 'report', '--json', *self.paths], capture_output=True, text=True, timeout=60)
        self.assertEqual(done.returncode, 0, done.stderr)
        report = json.dumps(json.loads(done.stdout))
        for lock in self.locks:
            self.assertIn(lock, report)


class Uploaded(unittest.TestCase):
    """One run that writes files and sends them to an agent."""

    def test_agent_gets_what_the_file_holds(self):
        with tempfile.TemporaryDirectory() as folder, capture.CaptureServer() as agent:
            done, _ = run_shop(INSTRUMENTED, folder, DD_PROFILING_ENABLED='true', DD_TRACE_AGENT_URL=agent.url,
                               DD_PROFILING_OUTPUT_PPROF=os.path.join(folder, 'shop'))
            self.assertEqual((done.returncode, done.stderr), (0, ''))
            files = []
            for path in glob.glob(os.path.join(folder, 'shop.*.pprof')):
                with open(path, 'rb') as file:
                    files.append(file.read())
            sent = [part.body for request in agent.wait(len(files)) for name, part in capture.parts(request).items()
                    if name.endswith('.pprof')]
            self.assertGreater(len(files), 0)
            self.assertEqual(sorted(sent), sorted(files))

            received = os.path.join(folder, 'received')
            names = set()
            for body in sent:
                with open(received, 'wb') as file:
                    file.write(body)
                names |= set(pprof_raw.totals_by_lock([pprof_raw.read(received)]))
            # At 1 % a lock taken rarely may be missing, but what is there is right, and the ledger is always waited for.
            self.assertLessEqual(names, set(created_locks()))
            self.assertTrue(any(name.endswith(':ledger_lock') for name in names), names)


class Quiet(unittest.TestCase):
    """Runs in which nothing is to be seen of mutray."""

    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.plain, _ = run_shop(PLAIN, self.folder.name)

    def assert_like_plain(self, done, stderr=''):
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, self.plain.stdout, stderr))

    def test_off(self):
        done, _ = run_shop(INSTRUMENTED, self.folder.name)
        self.assert_like_plain(done)
        self.assertEqual(os.listdir(self.folder.name), [])

    def test_enabled_false(self):
        done, _ = run_shop(INSTRUMENTED, self.folder.name, DD_PROFILING_ENABLED='false',
                           DD_PROFILING_OUTPUT_PPROF=os.path.join(self.folder.name, 'shop'))
        self.assert_like_plain(done)
        self.assertEqual(os.listdir(self.folder.name), [])

    def test_unwritable_prefix(self):
        done, _ = run_shop(INSTRUMENTED, self.folder.name, DD_PROFILING_OUTPUT_PPROF='/nonexistent/folder/shop')
        self.assertEqual((done.returncode, done.stdout), (0, self.plain.stdout))
        lines = done.stderr.splitlines()
        self.assertEqual(len(lines), 1, done.stderr)
        self.assertIn('/nonexistent/folder', lines[0])


if __name__ == '__main__':
    SOURCES, PLAIN, INSTRUMENTED, MUTRAY = sys.argv[1:5]
    unittest.main(argv=sys.argv[:1] + sys.argv[5:], verbosity=2)

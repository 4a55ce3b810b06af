#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A process that is killed leaves a spool (MUTRAY_SPOOL), from which mutray tells what it had recorded.

Usage: as survive_test.py.
"""
import json
import mmap
import os
import random
import re
import resource
import shutil
import signal
import struct
import subprocess
import time
import unittest

import survive_test
from survive_test import HANG, NOBODY, Survive, compile, not_with, run, setUpModule, tearDownModule  # noqa: F401

PERIODS = {'DD_PROFILING_UPLOAD_INTERVAL': '0.05'}
NAMES = ['table', 'queue.guard', 'index_lock']


class Spooled(Survive):
    def environment(self, **settings):
        return super().environment(MUTRAY_SPOOL='1', **settings)

    def files(self, ending):
        return sorted(os.path.join(self.folder, name) for name in os.listdir(self.folder) if name.endswith(ending))

    def locks(self, *paths):
        done = run([os.path.join(survive_test.BIN, 'mutray'), 'report', '--json', *paths])
        self.assertEqual((done.returncode, done.stderr), (0, ''))
        return {lock['name']: lock for lock in json.loads(done.stdout)['locks']}

    def counts(self, *paths):
        return {name.split(':')[-1]: lock['acquisitions'] for name, lock in self.locks(*paths).items()}

    def die(self, how, status, **settings):
        """Runs it to its death; what it said."""
        done = run([compile('killed', '-fno-omit-frame-pointer'), how], env=self.environment(**settings))
        self.assertEqual((done.returncode, done.stderr), (status, ''), done.stdout)
        return done.stdout


class Killed(Spooled):
    def test_nothing_is_lost(self):
        """Profiles that were written, and the spool with the rest, have all events, under the same names."""
        said = self.die('exit', 0)
        self.assertEqual(self.files('.spool'), [])
        expected = self.locks(*self.paths())
        for how, status in ('kill', -signal.SIGKILL), ('abort', -signal.SIGABRT), ('segv', -signal.SIGSEGV), ('_exit', 3):
            for settings in {}, PERIODS, {'DD_PROFILING_TIMELINE_ENABLED': '1'}:
                with self.subTest(how=how, settings=settings):
                    self.setUp()
                    self.assertEqual(self.die(how, status, **settings), said)
                    spools = self.files('.spool')
                    self.assertEqual(len(spools), 1)
                    self.assertEqual(os.stat(spools[0]).st_mode & 0o777, 0o400)
                    self.assertEqual(len(self.paths()) > 0, settings is PERIODS)
                    found = self.locks(*self.paths(), *spools)
                    self.assertEqual(found.keys(), expected.keys())
                    for name, lock in found.items():
                        for field in 'acquisitions', 'declaration', 'kind', 'mode':
                            self.assertEqual(lock[field], expected[name][field], name)
                        self.assertGreater(lock['hold_total'], 0)

    def stacks(self, *paths):
        done = run([os.path.join(survive_test.BIN, 'mutray'), 'export', '--folded', '--value', 'acquire', *paths])
        self.assertEqual((done.returncode, done.stderr), (0, ''))
        return set(done.stdout.splitlines())

    @not_with('.', 'frames are laid out as in an unoptimised runtime')
    def test_stacks(self):
        """The same, with the same functions of the program that is gone; and somebody else's decoder reads it."""
        self.die('exit', 0)
        expected = self.stacks(*self.paths())
        self.setUp()
        self.die('kill', -signal.SIGKILL)
        found = self.stacks(*self.files('.spool'))
        for stacks in expected, found:
            self.assertTrue(any(stack.startswith('work;use;killed.c:') for stack in stacks), stacks)
        # How deep the first ones are depends on when the exporter has found out where threads have their stacks.
        self.assertEqual(*({re.search(r'(\w+;killed.c:[^;]*) \d+$', stack)[1] for stack in stacks} for stacks in (expected, found)))
        out = os.path.join(self.folder, 'p.leaf.pprof')
        done = run([os.path.join(survive_test.BIN, 'mutray'), 'export', '--leaf', '-o', out, *self.files('.spool')])
        self.assertEqual((done.returncode, done.stderr), (0, ''))
        profile = survive_test.pprof_raw.read(out)
        self.assertEqual(sum(sample.values[1] for sample in profile.samples), 3 * 3007)

    @not_with('.', 'a preloaded function comes before the sanitizer')
    def test_killed_where_a_profile_gets_its_name(self):
        """What was in it is counted once: by the profile, if it got its name, else by the spool."""
        preload = compile('at_rename', '-shared', '-fPIC', plain=True)
        for when, profiles in ('before', 0), ('after', 1):
            with self.subTest(when):
                self.setUp()
                self.die('exit', -signal.SIGKILL, LD_PRELOAD=preload, AT_RENAME=when)
                self.assertEqual((len(self.files('.pprof')), len(self.files('.spool'))), (profiles, 1))
                found = self.counts(*self.files('.pprof'), *self.files('.spool'))
                self.assertEqual(found, {'table': 3007, 'guard': 3007, 'index_lock': 3007})

    def test_killed_at_any_moment(self):
        """Also in the middle of a store, or of writing a profile: off by the events that were under way."""
        program, random_times = compile('killed', '-fno-omit-frame-pointer'), random.Random(4)
        for settings in [{}, PERIODS] * 8:
            self.setUp()
            counts = os.path.join(self.folder, 'counts')
            with open(counts, 'wb') as file:
                file.write(bytes(4096))
            with subprocess.Popen([program, 'spin'], env=self.environment(COUNTS=counts, **settings),
                                  stdout=subprocess.PIPE, text=True) as process:
                process.stdout.readline()
                time.sleep(random_times.uniform(0.01, 0.25))
                process.kill()
            with open(counts, 'rb') as file:
                numbers = struct.unpack('6Q', file.read(48))
            begun, done = sum(numbers[0::2]), sum(numbers[1::2])
            found = self.counts(*self.paths_if_any(), *self.files('.spool')).get('table', 0)
            self.assertGreaterEqual(found, done)
            self.assertLessEqual(found, begun)

    def paths_if_any(self):
        return [path for path in self.files('.pprof')]

    def test_children_have_their_own(self):
        out = self.die('fork', 0)
        child = out.splitlines()[0].split()[1]
        self.assertEqual(self.files('.spool'), [f'{self.prefix}.{child}.spool'])
        self.assertEqual(self.counts(*self.files('.spool')), {'table': 1000, 'guard': 1000, 'index_lock': 1000})
        self.assertEqual(self.counts(*self.paths()), {'table': 3007, 'guard': 3007, 'index_lock': 3007})

    @not_with('address', 'children of a process with threads hang in its allocator')
    def test_forks_under_load(self):
        """1,000 children of a recording parent: neither hangs, nor has the other's events, nor leaves a spool."""
        out = self.start(compile('forks'), '1000')
        self.assert_counted(out)
        self.assertEqual(self.files('.spool'), [])

    def test_damaged(self):
        self.die('kill', -signal.SIGKILL, MUTRAY_MEMORY_MB='1')
        [spool] = self.files('.spool')
        done = run([os.path.join(survive_test.BIN, 'fuzz-spool'), spool, '2000'])
        self.assertEqual((done.returncode, done.stderr), (0, ''))
        self.assertRegex(done.stdout, r'^2000 variants, 1\d\d\d read\n$')
        with open(spool, 'rb') as file:
            whole = file.read()
        for size in 16, 20, 1000, len(whole) // 2, len(whole) - 1:
            piece = os.path.join(self.folder, 'piece')
            with open(piece, 'wb') as file:
                file.write(whole[:size])
            done = run([os.path.join(survive_test.BIN, 'mutray'), 'report', piece])
            self.assertEqual((done.returncode, done.stdout), (2, ''))
            self.assertRegex(done.stderr, r'\Amutray: [^\n]*a spool that [^\n]*; [^\n]+\n\Z')


class Refused(Spooled):
    """Where there can be no spool, the program is told once and goes on; its profile is written as ever."""

    def is_whole(self, spool):
        """Its first bytes are written last."""
        with open(spool, 'rb') as file:
            return file.read(12) == b'mutray spool'

    def assert_without(self, complaint, **more):
        done = run([compile('killed', '-fno-omit-frame-pointer'), 'exit'], env=self.environment(**more.pop('settings', {})), **more)
        self.assertEqual(done.returncode, 0)
        self.assertRegex(done.stderr, rf'\Amutray: [^\n]*{complaint}[^\n]*; [^\n]*\n\Z')
        self.assertEqual(self.files('.spool'), [])

    def test_full_disk(self):
        done = run(['mount', '-t', 'tmpfs', '-o', 'size=4m', 'none', self.folder])
        if done.returncode != 0:
            self.skipTest('cannot mount a small file system here')
        try:
            self.assert_without('No space left on device')
            self.assertEqual(self.acquires(), {'table': 3007, 'guard': 3007, 'index_lock': 3007})
        finally:
            run(['umount', self.folder])

    @not_with('.', 'it is too slow to have its spool before the disk is full')
    def test_disk_that_fills_up_later(self):
        """What the file system has promised it keeps: the spool is written to without SIGBUS; the profile is not, and
        then the spool stays."""
        done = run(['mount', '-t', 'tmpfs', '-o', 'size=2m', 'none', self.folder])
        if done.returncode != 0:
            self.skipTest('cannot mount a small file system here')
        try:
            with subprocess.Popen([compile('killed', '-fno-omit-frame-pointer'), 'wait'], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                  stderr=subprocess.PIPE, text=True, env=self.environment(MUTRAY_MEMORY_MB='1')) as process:
                end = time.monotonic() + HANG
                while not any(self.is_whole(path) for path in self.files('.spool')) and time.monotonic() < end:
                    time.sleep(0.001)
                with open(os.path.join(self.folder, 'fill'), 'wb', buffering=0) as fill:
                    try:
                        while True:
                            fill.write(bytes(4096))
                    except OSError:
                        pass
                out, err = process.communicate(timeout=HANG)
            self.assertEqual(process.returncode, 0)
            self.assertRegex(err, r'\Amutray: cannot write [^\n]*: No space left on device; [^\n]*\n\Z')
            self.assertEqual(self.counts(*self.files('.spool')), {'table': 3007, 'guard': 3007, 'index_lock': 3007})
        finally:
            run(['umount', self.folder])

    def test_limited_size(self):
        limit = 1 << 20
        self.assert_without('File too large', preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)))
        self.assertEqual(self.acquires()['table'], 3007)

    @not_with('.', 'it takes terabytes')
    def test_little_address_space(self):
        limit = 60 << 20
        self.assert_without('Cannot allocate memory',
                            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (limit, limit)))

    @unittest.skipUnless(os.geteuid() == 0, 'takes root')
    def test_folder_nobody_may_write_to(self):
        os.chmod(self.folder, 0o555)
        done = run([compile('killed', '-fno-omit-frame-pointer'), 'exit'], env=self.environment(), user=NOBODY)
        self.assertEqual(done.returncode, 0)
        self.assertRegex(done.stderr, r'\Amutray: no spool [^\n]*Permission denied; [^\n]*\nmutray: cannot write [^\n]*\n\Z')

    def test_no_prefix(self):
        done = run([compile('killed', '-fno-omit-frame-pointer'), 'exit'],
                   env=self.environment(DD_PROFILING_OUTPUT_PPROF='', DD_PROFILING_ENABLED='1', DD_TRACE_AGENT_URL='http://127.0.0.1:9'))
        self.assertEqual(done.returncode, 0)
        self.assertEqual(done.stderr, 'mutray: MUTRAY_SPOOL does nothing; set DD_PROFILING_OUTPUT_PPROF too, which says where '
                                      'it is to be\n')

    def test_names_that_are_taken(self):
        """Neither a link is followed nor another process's spool touched, whose number this one has now."""
        target = os.path.join(self.folder, 'target')
        program = compile('killed', '-fno-omit-frame-pointer')
        done = run(['sh', '-c', f'ln -s {target} {self.prefix}.$$.spool; exec {program} kill'], env=self.environment())
        self.assertEqual((done.returncode, done.stderr), (-signal.SIGKILL, ''))
        self.assertFalse(os.path.exists(target))
        [spool] = self.files('.2.spool')
        self.assertEqual(self.counts(spool)['table'], 3007)

    @unittest.skipUnless(os.geteuid() == 0, 'takes root')
    def test_set_user_id(self):
        os.chmod(self.folder, 0o777)
        program = os.path.join(survive_test.BUILT.name, 'killed-setuid')
        shutil.copy(compile('killed', '-fno-omit-frame-pointer'), program)
        os.chmod(program, 0o4755)
        self.start(program, 'exit', user=NOBODY)
        self.assertEqual(os.listdir(self.folder), [])


if __name__ == '__main__':
    survive_test.main()

#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The life of a profiled process: when the exporter runs, what it writes, and that the program does not notice.

Usage: process_test.py GUEST STATIC_GUEST [unittest arguments]. The guest is guest.c on fake_record.c.
"""
import glob
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / 'lib'))
import pprof_raw  # noqa: E402

GUEST, STATIC_GUEST = (os.path.abspath(sys.argv.pop(1)) for _ in range(2))
HANG = 60  # seconds; nothing here takes one


class Guest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.prefix = os.path.join(self.folder, 'p')

    program = GUEST

    def guest(self, *words, status=0, stderr='', cwd=None, **environment):
        plain = {k: v for k, v in os.environ.items() if not k.startswith(('DD_', 'MUTRAY_'))}
        done = subprocess.run([self.program, *words], env={**plain, **environment}, capture_output=True, text=True,
                              timeout=HANG, cwd=cwd)
        if stderr is not None:
            self.assertEqual(done.stderr, stderr)
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        return done.stdout

    def profiled(self, *words, **more):
        return self.guest(*words, DD_PROFILING_OUTPUT_PPROF=self.prefix, **more)

    def files(self):
        names = sorted(os.listdir(self.folder))
        for name in names:
            self.assertRegex(name, r'^p\.\d+\.\d+\.pprof$')
        return names

    def counts(self):
        """Number of events by (rank of process, seq); the processes in the order of their numbers."""
        found = {}
        names = [(int(n.split('.')[1]), int(n.split('.')[2]), n) for n in self.files()]
        pids = sorted({pid for pid, _, _ in names})
        for pid, seq, name in names:
            profile = pprof_raw.read(os.path.join(self.folder, name))
            self.assertEqual(profile.comments['mutray.pid'], str(pid))
            found[pids.index(pid), seq] = sum(sample.values[3] for sample in profile.samples)
        return found


class ProcessTest(Guest):
    def test_off_does_nothing(self):
        out = self.guest('on', 'event', 'thread', 'threads', 'flush')
        self.assertEqual(out, 'on 0\nthreads 1\nflush Operation not supported\n')

    def test_disable_wins(self):
        self.assertEqual(self.profiled('on', 'threads', MUTRAY_DISABLE='1'), 'on 0\nthreads 1\n')
        self.assertEqual(self.files(), [])

    def test_exit_writes_one_file(self):
        self.profiled('event', 'event', 'event')
        self.assertEqual(self.counts(), {(0, 1): 3})

    def test_a_single_thread_stays_alone(self):
        self.assertEqual(self.profiled('threads', 'event'), 'threads 1\n')
        self.assertEqual(self.counts(), {(0, 1): 1})

    def test_exporter_is_born_with_the_first_thread(self):
        for word in 'thread', 'c11thread':
            self.assertEqual(self.profiled('threads', word, 'threads', 'event'), 'threads 1\nthreads 2\n')
        self.assertEqual(list(self.counts().values()), [1, 1])

    def test_periods(self):
        self.profiled('event', 'sleep', 'sleep', 'event', DD_PROFILING_UPLOAD_INTERVAL='0.1')
        counts = self.counts()
        self.assertGreaterEqual(len(counts), 3)
        self.assertEqual(sorted(counts), [(0, n + 1) for n in range(len(counts))])
        self.assertEqual(sum(counts.values()), 2)

    def test_periods_are_contiguous(self):
        self.profiled('sleep', DD_PROFILING_UPLOAD_INTERVAL='0.05')
        ends = []
        for seq in range(1, len(self.files()) + 1):
            [path] = glob.glob(f'{self.prefix}.*.{seq}.pprof')
            raw = subprocess.run(f'gzip -dc {path} | protoc --decode_raw', shell=True, capture_output=True, text=True,
                                 check=True).stdout
            start, length = (int(re.search(rf'^{field}: (\d+)$', raw, re.M)[1]) for field in (9, 10))
            self.assertGreater(length, 0)
            ends.append((start, start + length))
        for (_, end), (start, _) in zip(ends, ends[1:]):
            self.assertEqual(end, start)

    def test_flush(self):
        self.assertEqual(self.profiled('event', 'flush', 'flush', 'event', 'event'), 'flush ok\nflush ok\n')
        self.assertEqual(self.counts(), {(0, 1): 1, (0, 2): 0, (0, 3): 2})

    def test_atexit_of_the_program_is_still_recorded(self):
        self.profiled('atexit')
        self.assertEqual(self.counts(), {(0, 1): 1})

    def test_quick_exit(self):
        self.profiled('event', 'quick_exit', status=5)
        self.assertEqual(self.counts(), {(0, 1): 1})

    def test_immediate_exit_loses_the_period(self):
        self.profiled('event', '_exit', status=6)
        self.assertEqual(self.files(), [])

    def test_exit_in_a_signal_handler(self):
        for words in (), ('thread',):
            self.profiled('event', *words, 'exit_in_handler', status=7)
        self.assertEqual(list(self.counts().values()), [1, 1])

    def test_main_thread_leaves(self):
        """The process ends when its own last thread does, and everything is written then."""
        out = self.profiled('event', 'thread', 'pthread_exit')
        self.assertEqual(out, 'last thread\n')
        self.assertEqual(self.counts(), {(0, 1): 2})

    def test_child_has_nothing_of_its_parent(self):
        for words in (), ('thread',), ('flush',):
            with self.subTest(words):
                self.setUp()
                out = self.profiled(*words, 'event', 'event', 'fork_exit', 'event')
                self.assertTrue(out.endswith('child 0\n'))
                counts = self.counts()
                parent, child = max(counts), 1
                self.assertEqual(counts[1, 1], 1)
                self.assertEqual(sum(n for (process, _), n in counts.items() if process == 0), 2)

    def test_child_that_does_not_flush(self):
        self.profiled('event', 'fork', 'event')
        self.assertEqual(self.counts(), {(0, 1): 1})

    def test_child_gets_an_exporter_with_its_first_thread(self):
        out = self.profiled('thread', 'fork_exit', 'threads', 'thread', 'threads', 'event')
        self.assertEqual(out, 'threads 1\nthreads 2\nchild 0\n')
        self.assertEqual(self.counts(), {(0, 1): 0, (1, 1): 1})

    def test_child_can_flush(self):
        out = self.profiled('thread', 'fork_exit', 'event', 'flush', 'event')
        self.assertEqual(out, 'flush ok\nchild 0\n')
        self.assertEqual(self.counts(), {(0, 1): 0, (1, 1): 1, (1, 2): 1})

    def test_grandchildren(self):
        self.profiled('event', 'fork_exit', 'event', 'event', 'fork_exit', 'event', 'event', 'event')
        self.assertEqual(sorted(self.counts().values()), [1, 2, 3])

    def test_daemon_goes_on_exporting(self):
        reader, writer = os.pipe()
        env = {**os.environ, 'DD_PROFILING_OUTPUT_PPROF': self.prefix, 'DD_PROFILING_UPLOAD_INTERVAL': '0.1'}
        process = subprocess.Popen([GUEST, 'daemon', 'threads', 'event', 'sleep', 'sleep'], env=env, stdout=writer)
        os.close(writer)
        process.wait(HANG)
        with os.fdopen(reader) as out:  # ends with the daemon
            self.assertEqual(out.read(), 'threads 2\n')
        counts = self.counts()
        self.assertGreaterEqual(len(counts), 2)
        self.assertEqual(sum(counts.values()), 1)

    def test_relative_prefix_survives_chdir(self):
        self.guest('chdir', 'event', cwd=self.folder, DD_PROFILING_OUTPUT_PPROF='p')
        self.assertEqual(self.counts(), {(0, 1): 1})

    def test_unwritable_prefix_is_said_once(self):
        prefix = os.path.join(self.folder, 'none', 'p')
        done = subprocess.run([GUEST, 'event', 'flush', 'flush', 'event'], capture_output=True, text=True, timeout=HANG,
                              env={**os.environ, 'DD_PROFILING_OUTPUT_PPROF': prefix})
        self.assertEqual(done.returncode, 0)
        self.assertEqual(done.stdout, 'flush No such file or directory\n' * 2)
        self.assertRegex(done.stderr, rf'^mutray: cannot write {prefix}\.\d+\.1\.pprof: No such file or directory; '
                                      r'set DD_PROFILING_OUTPUT_PPROF to [^\n]*\n$')

    def test_file_too_large_does_not_kill(self):
        """RLIMIT_FSIZE raises SIGXFSZ in whoever writes: the program must not get it, on either path."""
        for words in (), ('thread',):
            done = subprocess.run(['bash', '-c', f'ulimit -f 0; exec {GUEST} events {" ".join(words)}'],
                                  capture_output=True, text=True, timeout=HANG,
                                  env={**os.environ, 'DD_PROFILING_OUTPUT_PPROF': self.prefix})
            self.assertEqual(done.returncode, 0)
            self.assertIn('File too large', done.stderr)
        self.assertEqual(self.files(), [])

    def test_bad_values_are_told_only_if_asked(self):
        self.profiled('event', DD_PROFILING_CAPTURE_PCT='many')
        line = 'mutray: DD_PROFILING_CAPTURE_PCT=many is not a number within its bounds; see the documentation of ' \
               'DD_PROFILING_CAPTURE_PCT\n'
        self.profiled('event', DD_PROFILING_CAPTURE_PCT='many', MUTRAY_LOG='1', stderr=line)
        self.profiled('event', DD_PROFILING_CAPTURE_PCT='many', DD_TRACE_DEBUG='true', stderr=line)

    def test_configuration_reaches_recording(self):
        self.profiled('event', DD_PROFILING_MAX_FRAMES='1000', DD_PROFILING_CAPTURE_PCT='12.5')
        comments = pprof_raw.read(os.path.join(self.folder, self.files()[0])).comments
        self.assertEqual(comments['mutray.threads'], '598')  # the fake tells its callers there: all frames but the leaf
        self.assertEqual(comments['mutray.capture_pct'], '12.5')

    def test_program_needs_libc_alone(self):
        needed = subprocess.run(['ldd', GUEST], capture_output=True, text=True, check=True).stdout
        libraries = {line.split()[0].rsplit('/')[-1] for line in needed.splitlines()}
        if 'san.so' in needed:
            self.skipTest('a sanitizer brings libraries of its own')
        others = {name for name in libraries if not re.match(r'linux-vdso|libc\.so|ld-linux|libmutray', name)}
        self.assertEqual(others, set())

    def test_messages_are_the_formats(self):
        """What protoc makes of it by the project's own profile.proto leaves nothing over."""
        self.profiled('event')
        proto = pathlib.Path(__file__).resolve().parent.parent.parent / 'proto'
        decoded = subprocess.run(
            f'gzip -dc {self.folder}/{self.files()[0]} | '
            f'protoc --proto_path={proto} --decode=mutray.pprof.Profile profile.proto',
            shell=True, capture_output=True, text=True, check=True).stdout
        self.assertIn('sample_type {', decoded)
        self.assertNotRegex(decoded, r'(?m)^\s*\d+: ')

    def test_forks_while_exporting(self):
        """A fork while the exporter is inside the dynamic loader would leave the child unable to load anything."""
        out = self.profiled('thread', *['fork_dlopen'] * 20, DD_PROFILING_UPLOAD_INTERVAL='0.01', GUEST_SLOW_LOADER='1')
        self.assertEqual(out, '')


class StaticTest(Guest):
    """Linked into the program; nothing of libc's can be stood in front of there."""
    program = STATIC_GUEST

    def test_exit_writes_one_file(self):
        self.profiled('event', 'event')
        self.assertEqual(self.counts(), {(0, 1): 2})

    def test_periods(self):
        self.profiled('event', 'thread', 'sleep', DD_PROFILING_UPLOAD_INTERVAL='0.1')
        counts = self.counts()
        self.assertGreaterEqual(len(counts), 2)
        self.assertEqual(sum(counts.values()), 1)

    def test_main_thread_leaves(self):
        self.assertEqual(self.profiled('event', 'thread', 'pthread_exit'), 'last thread\n')
        self.assertEqual(sum(self.counts().values()), 2)

    def test_children(self):
        self.profiled('event', 'fork_exit', 'event', 'event')
        self.assertEqual(sorted(self.counts().values()), [1, 2])

    def test_off_does_nothing(self):
        self.assertEqual(self.guest('on', 'threads'), 'on 0\nthreads 1\n')

    def test_no_upload(self):
        self.guest('event', DD_PROFILING_ENABLED='true', MUTRAY_LOG='1',
                   stderr='mutray: a statically linked program cannot upload; set DD_PROFILING_OUTPUT_PPROF and use '
                          '`mutray push`\nmutray: not profiling: there is nowhere to put profiles\n')


if __name__ == '__main__':
    unittest.main()

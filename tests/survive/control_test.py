#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""mutray start, stop and flush: profiling turned on and off in a program that runs, from outside.

Usage: as survive_test.py.
"""
import os
import resource
import signal
import subprocess
import time
import unittest

import survive_test
from survive_test import HANG, NOBODY, Survive, compile, not_preloaded, not_static, not_with, run, setUpModule, tearDownModule  # noqa: F401

THREADS = 3


def mutray(*words, **more):
    return run([os.path.join(survive_test.BIN, 'mutray'), *map(str, words)], **more)


class Control(Survive):
    """The program, plainly started; what it is told and what it answers."""

    def run_it(self, *words, program=None, **settings):
        environment = self.environment(DD_PROFILING_OUTPUT_PPROF='', **settings)
        self.process = subprocess.Popen([program or compile('controlled', '-fno-omit-frame-pointer'), *words], text=True,
                                        env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.addCleanup(self.end)
        self.assertEqual(self.process.stdout.readline(), 'done\n')
        self.out = os.path.join(self.folder, 'out.pprof')

    def end(self):
        with self.process:
            self.process.kill()

    def tell(self, what):
        self.process.stdin.write(what + '\n')
        self.process.stdin.flush()
        self.assertEqual(self.process.stdout.readline(), 'done\n')

    def quit(self):
        self.assertEqual(self.process.communicate('quit\n', timeout=HANG), ('', None))
        self.assertEqual(self.process.returncode, 0)

    def ask(self, *words, says=None, **more):
        done = mutray(*words, self.process.pid, **more)
        self.assertEqual((done.returncode, done.stderr), (0, ''))
        if says is not None:
            self.assertIn(says, done.stdout)

    def refused(self, *words, says, status=2, **more):
        done = mutray(*words, **more)
        self.assertEqual((done.returncode, done.stdout), (status, ''))
        self.assertRegex(done.stderr, r'\Amutray: [^\n]+\n\Z')
        self.assertIn(says, done.stderr)

    def count(self, *paths):
        totals = survive_test.pprof_raw.totals_by_lock([survive_test.pprof_raw.read(*paths or [self.out])])
        return {name.split(':')[-1]: total.acquires for name, total in totals.items()}


class Driven(Control):
    """Programs that were started with profiling off."""

    def test_a_hundred_times(self):
        """On, off, on, ... under load: what happens while it is on is counted, all of it, and nothing else."""
        self.run_it()
        for cycle in range(1, 101):
            self.tell('use 7')
            self.ask('start', '--pct', '100', says='profiling controlled')
            self.tell(f'use {cycle}')
            self.ask('stop', '-o', self.out)
            self.tell('use 7')
            found = self.count()
            self.assertEqual(found['counted'], THREADS * cycle)
            self.assertGreater(found['noisy'], 0)
        self.quit()

    def test_flush(self):
        """It has everything since the start, and so has the next one."""
        self.run_it()
        self.ask('start', '--pct', '100')
        for n in 1, 2, 3:
            self.tell('use 1000')
            self.ask('flush', '-o', self.out, says=self.out)
            self.assertEqual(self.count()['counted'], THREADS * 1000 * n)
        self.ask('stop', '-o', self.out, says=self.out)
        self.assertEqual(self.count()['counted'], THREADS * 3000)
        self.quit()

    def test_stacks(self):
        """Of threads too, whose bounds nobody in the process has found out."""
        self.run_it()
        self.ask('start', '--pct', '100')
        self.tell('use 10')
        self.ask('stop', '-o', self.out)
        done = mutray('export', '--folded', '--value', 'acquire', self.out)
        self.assertRegex(done.stdout, r'use;use_it;')

    def test_names_of_threads(self):
        """Of those that are there, those that have ended, and those that hold what others wait for."""
        self.run_it()
        self.ask('start', '--pct', '100')
        self.tell('use 10')
        self.tell('thread')
        self.tell('main')
        while not (holders := {sample.labels.get('holder thread') for sample in self.samples()} - {None}):
            self.tell('use 10000')
            self.ask('flush', '-o', self.out)
        self.assertEqual(holders, {'user'})
        self.ask('stop', '-o', self.out)
        names = {}
        for sample in self.samples():
            names.setdefault(sample.labels['lock name'].split(':')[-1], set()).add(sample.labels.get('thread name'))
        self.assertEqual(names, {'counted': {'user', 'passing', 'controlled'}, 'noisy': {'noise'}})

    def samples(self):
        return survive_test.pprof_raw.read(self.out).samples if os.path.exists(self.out) else []

    def test_clock_is_forbidden_meanwhile(self):
        """What was recorded until then is there; and it cannot begin again."""
        self.run_it()
        self.ask('start', '--pct', '100')
        self.tell('use 7')
        self.tell('tsc')
        self.tell('main')
        self.tell('use 100')
        self.ask('stop', '-o', self.out, says='forbade itself the clock')
        self.assertEqual(self.count()['counted'], THREADS * 7)
        self.refused('start', self.process.pid, says='forbids itself the clock')
        self.tell('main')
        self.quit()

    @not_with('.', 'it makes system calls of its own in the program\'s threads')
    def test_sandbox_meanwhile(self):
        """Nothing is asked of the kernel from then on."""
        self.run_it('quiet')
        self.ask('start', '--pct', '100', '--timeout', '0', says='with the first one')
        self.tell('main')
        self.tell('close')
        self.tell('main')
        self.ask('stop', '-o', self.out, '--timeout', '0')
        self.assertEqual(self.count()['counted'], 10)
        self.tell('main')
        self.quit()

    def test_nothing_is_left_in_the_process(self):
        """No thread, descriptor, file or signal handler: but for memory it is as it was."""
        self.run_it()
        before = self.state()
        self.ask('start')
        self.assertEqual(self.state(), before)
        self.tell('use 10')
        self.ask('stop', '-o', self.out)
        self.assertEqual(self.state(), before)
        self.assertEqual(sorted(os.listdir(self.folder)), ['out.pprof'])

    def state(self):
        at = f'/proc/{self.process.pid}/'
        with open(at + 'status') as status:
            lines = [line for line in status if line.startswith(('Threads', 'SigBlk', 'SigIgn', 'SigCgt', 'TracerPid'))]
        with open(at + 'maps') as maps:
            files = sorted({line.split()[5] for line in maps if len(line.split()) > 5})
        return lines, sorted(os.listdir(at + 'fd')), files

    def test_sampled(self):
        """At one percent each thread measures some, scaled up."""
        self.run_it()
        self.ask('start', '--pct', '1')
        self.tell('use 100000')
        self.ask('stop', '-o', self.out)
        self.assertTrue(0.8 * THREADS * 100000 < self.count()['counted'] < 1.2 * THREADS * 100000)

    def test_no_lock_call_yet(self):
        self.run_it('quiet')
        self.ask('start', '--pct', '100', '--timeout', '0.2', says='with the first one')
        self.tell('fork')  # calls locks in a child, which is another process
        self.tell('use 10')  # while one of them comes through the door, others may be past it
        self.tell('use 1000')
        self.ask('stop', '-o', self.out, '--timeout', '0.2', says='with the next one')
        self.assertIn(self.count()['counted'], range(THREADS * 1000 + 1, THREADS * 1010 + 1))
        self.tell('use 10')
        self.refused('stop', self.process.pid, says='is not being profiled')
        self.quit()

    def test_forks(self):
        self.run_it()
        self.ask('start', '--pct', '100')
        for _ in range(20):
            self.tell('fork')
        self.tell('use 5')
        self.ask('stop', '-o', self.out)
        self.assertEqual(self.count()['counted'], THREADS * 5)
        self.quit()

    @not_static
    def test_static(self):
        self.run_it(program=compile('controlled', '-static', output='controlled-static'))
        for n in 3, 4:
            self.ask('start', '--pct', '100')
            self.tell(f'use {n}')
            self.ask('stop', '-o', self.out)
            self.assertEqual(self.count()['counted'], THREADS * n)
        self.quit()

    def test_instrumented_module_alone(self):
        module = compile('controlled', '-shared', '-fPIC', output='controlled.so')
        self.run_it(module, program=compile('launcher', plain=True))
        self.ask('start', '--pct', '100')
        self.tell('use 6')
        self.ask('stop', '-o', self.out)
        self.assertEqual(self.count()['counted'], THREADS * 6)
        self.quit()

    @not_with('.', 'it takes terabytes')
    def test_little_memory(self):
        """Where there is none to be had the program is told of nothing, and goes on."""
        self.run_it()
        resource.prlimit(self.process.pid, resource.RLIMIT_AS, (1 << 20, resource.RLIM_INFINITY))
        self.refused('start', self.process.pid, says='Cannot allocate memory')
        self.tell('use 10')
        resource.prlimit(self.process.pid, resource.RLIMIT_AS, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        self.ask('start', '--pct', '100')
        self.tell('use 10')
        self.ask('stop', '-o', self.out)
        self.assertEqual(self.count()['counted'], THREADS * 10)


class Exporting(Control):
    """Programs that make their own profiles, because their environment says so."""

    def test_off_and_on(self):
        self.run_it(DD_PROFILING_OUTPUT_PPROF=self.prefix)
        self.tell('use 100')
        self.ask('flush', says='has made a profile')
        self.assertEqual(self.count(*self.paths())['counted'], THREADS * 100)
        self.tell('use 20')
        self.ask('stop', says='has made a profile')
        self.tell('use 1000')
        self.assertEqual(self.count(*self.paths())['counted'], THREADS * 120)
        self.refused('stop', self.process.pid, says='is not being profiled')
        self.ask('start')
        self.refused('start', self.process.pid, says='already')
        self.tell('use 3')
        self.quit()
        self.assertEqual(self.count(*self.paths())['counted'], THREADS * 123)

    @not_with('.', 'it makes system calls of its own in the program\'s threads')
    def test_on_again_in_a_sandbox(self):
        self.run_it('quiet', DD_PROFILING_OUTPUT_PPROF=self.prefix)
        self.ask('stop', '--timeout', '0', says='with the next one')
        self.tell('main')
        self.tell('close')
        self.ask('start', '--timeout', '0', says='with the first one')
        self.tell('main')
        self.tell('use 3')
        self.quit()
        self.assertGreaterEqual(self.count(*self.paths())['counted'], THREADS * 3 + 5)

    def test_no_profiles_of_nothing(self):
        self.run_it(DD_PROFILING_OUTPUT_PPROF=self.prefix, DD_PROFILING_UPLOAD_INTERVAL='0.05')
        self.ask('stop')
        many = len(self.paths())
        self.tell('use 100000')
        self.assertLessEqual(len(self.paths()), many + 1)

    def environment(self, **settings):
        prefix = settings.pop('DD_PROFILING_OUTPUT_PPROF', '') or self.prefix
        return super().environment(**settings, DD_PROFILING_OUTPUT_PPROF=prefix)

    def run_it(self, *words, DD_PROFILING_OUTPUT_PPROF='', **settings):
        self.process = subprocess.Popen([compile('controlled', '-fno-omit-frame-pointer'), *words], text=True, env=self.environment(**settings),
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.addCleanup(self.end)
        self.assertEqual(self.process.stdout.readline(), 'done\n')


class NotThere(Control):
    """One line, status 2, and nothing has happened."""

    def test_processes_that_are_none(self):
        with subprocess.Popen(['true']) as ended:
            pass
        for command in 'start', 'stop', 'flush':
            self.refused(command, 'x', says='number of a process')
            self.refused(command, '-o', says='needs a value' if command != 'start' else '-o')
            self.refused(command, '2147483647', says='no process')
            self.refused(command, ended.pid, says='no process')

    def test_zombie(self):
        with subprocess.Popen(['true'], stdin=subprocess.PIPE) as zombie:
            os.waitid(os.P_PID, zombie.pid, os.WEXITED | os.WNOWAIT)
            self.refused('start', zombie.pid, says='no mutray in it')

    def test_not_instrumented(self):
        with subprocess.Popen(['sleep', '10']) as process:
            for command in 'start', 'stop', 'flush':
                self.refused(command, process.pid, says='no mutray in it')
            process.kill()

    @not_preloaded
    def test_nothing_instrumented_but_the_runtime_loaded(self):
        preload = os.path.join(survive_test.LIBRARIES, 'libmutray.so')
        with subprocess.Popen(['sleep', '10'], env={**os.environ, 'LD_PRELOAD': preload}) as process:
            time.sleep(1)
            self.refused('start', process.pid, says='no instrumented code')
            process.kill()

    @unittest.skipUnless(os.geteuid() == 0, 'takes root')
    def test_somebody_elses(self):
        self.run_it()
        os.chmod(self.folder, 0o777)
        for command in 'start', 'stop', 'flush':
            self.refused(command, self.process.pid, says='does not let this user', user=NOBODY, group=NOBODY,
                         extra_groups=[], cwd=self.folder)

    def test_off_and_on_already(self):
        self.run_it()
        for command in 'stop', 'flush':
            self.refused(command, self.process.pid, says='is not being profiled')
        self.ask('start')
        self.refused('start', self.process.pid, says='already')

    def test_sandbox(self):
        self.run_it()
        self.tell('close')
        self.refused('start', self.process.pid, says='seccomp')
        self.quit()

    def test_disabled(self):
        self.run_it(MUTRAY_DISABLE='1')
        self.refused('start', self.process.pid, says='MUTRAY_DISABLE')

    def test_ends_meanwhile(self):
        self.run_it('quiet')
        with subprocess.Popen([os.path.join(survive_test.BIN, 'mutray'), 'start', '--timeout', '30', str(self.process.pid)],
                              stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as asking:
            self.tell('use 0')
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()
            out, err = asking.communicate(timeout=HANG)
        self.assertEqual((asking.returncode, out), (2, ''))
        self.assertRegex(err, r'\Amutray: start: (process \d+ has ended|there is no process|process [^\n]* no mutray)[^\n]*\n\Z')

    def test_what_it_says_is_not_believed(self):
        self.run_it('quiet')
        self.ask('start', '--timeout', '0.2', says='with the first one')
        self.tell('use 10')
        done = run([os.path.join(survive_test.BIN, 'tamper'), str(self.process.pid)])
        self.assertEqual((done.returncode, done.stderr), (0, ''))
        self.refused('flush', '-o', self.out, self.process.pid, says='is not as it should be')

    def test_name_for_a_terminal(self):
        self.run_it(program=compile('controlled', output='con\x1btrolled'))
        self.ask('start', says='profiling con?trolled')

    def test_no_writing_through_links(self):
        self.run_it()
        self.ask('start', '--pct', '100')
        victim = os.path.join(self.folder, 'victim')
        os.symlink(victim, self.out + '.part')
        self.ask('flush', '-o', self.out)
        self.assertFalse(os.path.exists(victim) or os.path.islink(self.out))

    def test_nowhere_to_write(self):
        self.run_it()
        self.ask('start', '--pct', '100')
        self.refused('flush', '-o', os.path.join(self.folder, 'none', 'x'), self.process.pid, says='cannot write')


if __name__ == '__main__':
    survive_test.main()

#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What a profiled program goes through, with real programs built by `mutray-cc gcc` and every event recorded.

Each program of programs/ does something that is hard on whoever lives inside a process, checks that it went well, and
says on its standard output what it did: `acquires NAME N`, or `at least NAME N` and `at most NAME N`. The profiles must
count the same, and the program must end as it does without mutray. tests/export/process_test.py has the same process
events for the exporter alone, tests/record for the recorder alone.

Usage: survive_test.py PROGRAMS MUTRAY_CC LIBRARIES SUPPRESSIONS [unittest arguments]
"""
import glob
import os
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))
import pprof_raw  # noqa: E402

SANITIZER = os.environ.get('MUTRAY_SANITIZE', '')  # as for -fsanitize=; the runtime has it then, and the programs, too
COMPILER = os.environ.get('MUTRAY_SURVIVE_CC', 'gcc')
HANG = 300 if SANITIZER else 60
NOBODY = 65534


def not_with(sanitizers, reason):
    """Leaves a test out under these sanitizers."""
    return unittest.skipIf(re.search(sanitizers, SANITIZER), f'not with -fsanitize={SANITIZER}: {reason}')


not_static = not_with('.', 'there is no static program with a sanitizer')
not_preloaded = not_with('.', 'a sanitizer must come first')


def setUpModule():
    global BUILT
    BUILT = tempfile.TemporaryDirectory()
    os.chmod(BUILT.name, 0o755)


def tearDownModule():
    BUILT.cleanup()


def run(words, **more):
    done = subprocess.run(words, capture_output=True, text=True, timeout=HANG, **more)
    return done


def compile(name, *flags, plain=False, output=None, sources=None):
    """Builds a program once; the path of it."""
    path = os.path.join(BUILT.name, output or name + ('-plain' if plain else ''))
    if not os.path.exists(path):
        command = ([] if plain else [MUTRAY_CC]) + [COMPILER, '-D_GNU_SOURCE', '-O2', '-g', '-Wall', '-Wextra', '-Werror']
        if SANITIZER:
            command.append(f'-fsanitize={SANITIZER}')
        done = run([*command, *(sources or [os.path.join(PROGRAMS, name + '.c')]), '-o', path, *flags])
        if done.returncode != 0 or done.stderr:
            raise RuntimeError(f'{name}: {done.stderr}')
    return path


class Survive(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.prefix = os.path.join(self.folder, 'p')

    def environment(self, **settings):
        plain = {k: v for k, v in os.environ.items() if not k.startswith(('DD_', 'MUTRAY_'))}
        return {**plain, 'DD_PROFILING_OUTPUT_PPROF': self.prefix, 'DD_PROFILING_CAPTURE_PCT': '100', **settings}

    def start(self, *words, status=0, stderr='', settings=None, **more):
        """Runs a program, profiled; what it printed."""
        done = run(words, env=self.environment(**(settings or {})), **more)
        self.assertEqual((done.returncode, done.stderr), (status, stderr), done.stdout)
        return done.stdout

    def paths(self, pid='*'):
        self.assertEqual(glob.glob(f'{self.prefix}*.part'), [])
        return sorted(glob.glob(f'{self.prefix}.{pid}.*.pprof'))

    def acquires(self, pid='*'):
        """Variable -> acquires, over all profiles, which are merged by `go tool pprof`."""
        paths = self.paths(pid)
        self.assertGreater(len(paths), 0)
        found = {}
        for lock, totals in pprof_raw.totals_by_lock([pprof_raw.read(*paths)]).items():
            word = lock.split(':')[-1]
            found[word] = found.get(word, 0) + totals.acquires
        return found

    def assert_counted(self, said):
        found = self.acquires()
        lines = re.findall(r'^(acquires|at least|at most) (\w+) (\d+)$', said, re.M)
        self.assertEqual(len(lines), len(said.splitlines()), said)
        self.assertGreater(len(lines), 0)
        for how, lock, number in lines:
            check = {'acquires': self.assertEqual, 'at least': self.assertGreaterEqual, 'at most': self.assertLessEqual}
            check[how](found.get(lock, 0), int(number), lock)
        return found

    def loss(self, name):
        last = max(self.paths(), key=lambda path: int(path.rsplit('.', 2)[1]))
        return int(pprof_raw.read(last).comments[f'mutray.{name}'])


class Processes(Survive):
    @not_with('address', 'children of a process with threads hang in its allocator')
    def test_forks_under_load(self):
        """No child hangs, and each has its own events, of its parent's none."""
        out = self.start(compile('forks'), '1000', settings={'DD_PROFILING_UPLOAD_INTERVAL': '0.05'})
        self.assert_counted(out)
        pids = {path.rsplit('.', 3)[1] for path in self.paths()}
        self.assertEqual(len(pids), 1001)
        children = [pid for pid in pids if len(self.paths(pid)) == 1]
        for pid in children[::100]:
            self.assertEqual(self.acquires(pid), {'child_lock': 3})

    def test_vfork_spawn_and_daemon(self):
        reader, writer = os.pipe()
        with subprocess.Popen([compile('spawn')], env=self.environment(), stdout=subprocess.PIPE, text=True,
                              pass_fds=[writer]) as process:
            out = process.communicate(timeout=HANG)[0]
        os.close(writer)
        os.read(reader, 1)  # ends with the daemon
        os.close(reader)
        self.assertEqual(process.returncode, 0)
        self.assertEqual(len(self.paths()), 41)
        # The first process is replaced by the daemon: what it had recorded is not the daemon's.
        found = self.acquires()
        self.assertEqual(found, {'second': int(re.search(r'second (\d+)', out)[1])})


class Threads(Survive):
    @not_with('thread', 'test_a_thousand has what it can bear')
    def test_ten_thousand(self):
        """Where there is memory for all, nothing is lost; else what had no room is counted."""
        self.assert_counted(self.start(compile('threads'), settings={'MUTRAY_MEMORY_MB': '512'}))
        for settings in {}, {'DD_PROFILING_UPLOAD_INTERVAL': '0.1'}:
            self.setUp()
            self.start(compile('threads'), settings=settings)
            self.assertEqual(self.acquires()['shared'] + self.loss('threads_unprofiled'), 10000)
            # Blocks of ended threads are given back between profiles: far more get one than there is room for at once.
            self.assertGreater(self.acquires()['shared'], 4000)

    def test_a_thousand(self):
        self.assert_counted(self.start(compile('threads'), '1000'))

    @not_with('.', 'it does not know asynchronous cancellation')
    def test_cancellation(self):
        out = self.start(compile('cancel'), settings={'DD_PROFILING_UPLOAD_INTERVAL': '0.05'})
        self.assert_counted(out)

    def test_signal_storm(self):
        """What a handler does while it has interrupted the recorder itself is not recorded, but counted."""
        out = self.start(compile('storm'), 'handler')
        found = self.acquires()
        self.assertEqual(found['main_lock'], int(re.search(r'main_lock (\d+)', out)[1]))
        said = int(re.search(r'handler_lock (\d+)', out)[1])
        self.assertLessEqual(found['handler_lock'], said)
        self.assertGreaterEqual(found['handler_lock'] + self.loss('reentrant'), said)

    def test_jumps_out_of_handlers(self):
        out = self.start(compile('storm'), 'jump', settings={'DD_PROFILING_UPLOAD_INTERVAL': '0.05'})
        said = int(re.search(r'handler_lock (\d+)', out)[1])
        self.assertLessEqual(self.acquires()['handler_lock'], said)

    @not_with('address', 'it says that it does not fully support them')
    def test_coroutines_on_small_stacks(self):
        self.assert_counted(self.start(compile('coroutines')))


class Memory(Survive):
    def test_a_million_mutexes(self):
        source = os.path.join(PROGRAMS, 'million.c')
        with open(source) as file:
            lines = {re.search(r'/\* (even|odd|again) \*/', line)[1]: number for number, line in enumerate(file, 1)
                     if re.search(r'/\* (even|odd|again) \*/', line)}
        self.assert_counted(self.start(compile('million')))
        names = set(pprof_raw.totals_by_lock([pprof_raw.read(*self.paths())]))
        self.assertLessEqual(names, {f'million.c:{lines["even"]}:lock', f'million.c:{lines["again"]}:lock',
                                     'unknown:0:lock'})
        self.assertIn(f'million.c:{lines["again"]}:lock', names)
        if 'unknown:0:lock' in names:
            self.assertGreater(self.loss('creations_dropped'), 0)

    @not_with('.', 'it has a malloc of its own')
    def test_the_programs_own_malloc(self):
        self.assert_counted(self.start(compile('allocator', '-fno-builtin')))

    @not_with('.', 'it takes terabytes')
    def test_little_address_space(self):
        """Where there is no room to record, the program goes on without."""
        limit = 32 << 20
        self.start(compile('simple'), preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (limit, limit)))
        self.assertEqual(self.paths(), [])

    def test_small_stack(self):
        limit = 128 << 10
        out = self.start(compile('simple'), preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_STACK, (limit, limit)))
        self.assert_counted(out)


class Modules(Survive):
    def module(self):
        return compile('module', '-shared', '-fPIC', output='module.so')

    def test_come_and_go(self):
        out = self.start(compile('host'), self.module(), '300', settings={'DD_PROFILING_UPLOAD_INTERVAL': '0.02'})
        self.assert_counted(out)

    def test_host_is_not_instrumented(self):
        """The runtime comes with the module, and the module goes before the profile is written."""
        self.start(compile('host', plain=True), self.module(), '5')
        self.assertEqual(self.acquires(), {'module_lock': 10})

    @not_static
    def test_static(self):
        self.assert_counted(self.start(compile('simple', '-static', output='simple-static')))

    @not_with('.', 'the archive is for programs without')
    def test_two_runtimes(self):
        """libmutray.a in the program and libmutray.so with its module: the one that comes second stays out of it."""
        part = compile('host', '-c', output='host.o')
        program = compile('host', '-Wl,-u,mutray__attach', os.path.join(LIBRARIES, 'libmutray.a'), '-lm', plain=True, sources=[part],
                          output='host-archive')
        out = self.start(program, self.module(), '20')
        self.assertEqual(len(self.paths()), 1)
        self.assertEqual(self.acquires(), {'host_lock': int(re.search(r'host_lock (\d+)', out)[1])})


class Life(Survive):
    def test_before_main_and_after_exit(self):
        for way in 'return', 'exit', 'quick_exit':
            with self.subTest(way):
                self.setUp()
                self.assert_counted(self.start(compile('life'), way))

    @not_with('thread', 'its own thread keeps the process')
    def test_main_thread_leaves(self):
        """The exit handlers then run on the exporter's thread, where nothing is recorded."""
        self.start(compile('life'), 'pthread_exit')
        self.assertEqual(self.acquires(), {'working': 2})


class Surroundings(Survive):
    @not_with('.', 'it makes system calls of its own in the program\'s threads')
    def test_sandbox(self):
        """No system call on the program's threads but its own: whoever makes another dies."""
        for words in (['filter'], ['seccomp'], ['tsync'], ['tsc'], ['tsc-syscall'], ['strict'], ['filter', 'alone'],
                      ['seccomp', 'alone'], ['tsync', 'alone']):
            with self.subTest(words):
                self.setUp()
                plain = run([compile('sandbox', plain=True), *words])
                self.assertEqual(plain.returncode, 0, plain.stderr)
                self.assertEqual(self.start(compile('sandbox'), *words), plain.stdout)
                self.assertGreaterEqual(self.acquires()['before'], 10)

    @not_static
    def test_no_clock_from_the_beginning(self):
        """Of a static program: where there is a dynamic loader, that dies of it."""
        said = self.start(compile('sandbox', plain=True), 'tsc-before', compile('simple', '-static', output='simple-static'),
                          settings={'MUTRAY_LOG': '1'},
                          stderr='mutray: the program may not look at the clock (PR_SET_TSC), and is not profiled; start it '
                                 'where it may\n')
        self.assertEqual(said, 'acquires table 100\n')
        self.assertEqual(self.paths(), [])

    def test_full_disk(self):
        done = run(['mount', '-t', 'tmpfs', '-o', 'size=4k', 'none', self.folder])
        if done.returncode != 0:
            self.skipTest('cannot mount a small file system here')
        try:
            with open(os.path.join(self.folder, 'fill'), 'wb') as fill:
                fill.write(bytes(4096))
            done = run([compile('simple')], env=self.environment())
            self.assertEqual((done.returncode, done.stdout), (0, 'acquires table 100\n'))
            self.assertRegex(done.stderr, r'^mutray: cannot write [^\n]*: No space left on device; [^\n]*\n$')
            self.assertEqual(os.listdir(self.folder), ['fill'])
        finally:
            run(['umount', self.folder])

    @unittest.skipUnless(os.geteuid() == 0, 'takes root')
    def test_folder_nobody_may_write_to(self):
        os.chmod(self.folder, 0o555)
        done = run([compile('simple')], env=self.environment(), user=NOBODY)
        self.assertEqual((done.returncode, done.stdout), (0, 'acquires table 100\n'))
        self.assertRegex(done.stderr, r'^mutray: cannot write [^\n]*: Permission denied; [^\n]*\n$')

    @unittest.skipUnless(os.geteuid() == 0, 'takes root')
    def test_set_user_id(self):
        """Whoever starts a set-user-ID program cannot make it write files."""
        os.chmod(self.folder, 0o777)
        program = os.path.join(BUILT.name, 'simple-setuid')
        shutil.copy(compile('simple'), program)
        os.chmod(program, 0o4755)
        self.assertEqual(self.start(program, user=NOBODY), 'acquires table 100\n')
        self.assertEqual(self.paths(), [])

    @not_preloaded
    def test_clock_steps(self):
        preload = compile('clock_steps', '-shared', '-fPIC', plain=True, output='clock_steps.so')
        out = self.start(compile('simple'), '200', settings={'LD_PRELOAD': preload, 'DD_PROFILING_UPLOAD_INTERVAL': '0.05'})
        self.assert_counted(out)
        for totals in pprof_raw.totals_by_lock([pprof_raw.read(*self.paths())]).values():
            self.assertLess(max(totals.wait, totals.hold), HANG * 2e9)

    @not_with('.', 'valgrind cannot run it')
    def test_valgrind(self):
        """A clean program stays clean, and a race is told as it is of the plain program."""
        if shutil.which('valgrind') is None:
            self.skipTest('no valgrind')
        for tool in 'memcheck', 'helgrind', 'drd':
            for words in [['20']] if tool == 'memcheck' else [['20'], ['20', 'race']]:
                with self.subTest(tool=tool, words=words):
                    self.setUp()
                    verdicts = [run(['valgrind', f'--tool={tool}', '--error-exitcode=3', '-q',
                                     f'--suppressions={SUPPRESSIONS}', program, *words],
                                    env=environment).returncode
                                for program, environment in [
                                    (compile('simple', plain=True), self.environment()),
                                    (compile('simple'), self.environment(DD_PROFILING_OUTPUT_PPROF='')),
                                    (compile('simple'), self.environment())]]
                    self.assertEqual(verdicts, [3 if 'race' in words else 0] * 3)
                    self.assertEqual(self.acquires()['table'], 40)


class Differential(Survive):
    """A million random operations on locks of all types, in both builds: the same results, errno and final states."""

    def test_all_functions_are_in_it(self):
        with open(os.path.join(PROGRAMS, 'differential.c')) as program, \
                open(os.path.join(PROGRAMS, '../../../runtime/include/mutray/functions.def')) as table:
            functions = set(re.findall(r'^MUTRAY_FUNCTION\(\w+, (\w+),', table.read(), re.M))
            self.assertEqual(functions - set(re.findall(r'\b(\w+)\(', program.read())), set())
        self.assertGreater(len(functions), 30)

    def test_same_answers(self):
        plain, instrumented = compile('differential', plain=True), compile('differential')
        for seed in range(1, 21):
            said = run([plain, str(seed), '50000']).stdout
            self.assertRegex(said, r'^[0-9a-f]{16}\n$')
            rate = '100' if seed % 2 else '1'  # the slow way, or mostly the fast one
            self.assertEqual(self.start(instrumented, str(seed), '50000', settings={'DD_PROFILING_CAPTURE_PCT': rate}),
                             said, f'seed {seed}')
            # What tells them apart, if anything does, is one step of: differential SEED 50000 trace
        self.assertGreater(sum(self.acquires().values()), 50000)


def main():
    global PROGRAMS, MUTRAY_CC, BIN, LIBRARIES, SUPPRESSIONS
    PROGRAMS, MUTRAY_CC, LIBRARIES, SUPPRESSIONS = sys.argv[1:5]
    BIN = os.path.dirname(MUTRAY_CC)
    unittest.main(argv=sys.argv[:1] + sys.argv[5:], verbosity=2)


if __name__ == '__main__':
    main()

#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every command in the documents is run: those of README.md, CONTRIBUTING.md and docs/*.md, indented or in a sentence, and
the examples of the manual pages.

A document's commands are run one after the other in a folder of their own, where there is what they talk about: a program
`server` that ends at once, one that goes on, its sources and build files, profiles, and somebody who listens where an agent
would. A command must succeed; where the document shows after `$ command` what it says, it must say that (`...` is anything).
commands.txt names the commands that another test runs, or nobody and why. So a command that was added to a document is run by
this test from then on, and makes it fail if it does not work. Only places differ from what is written: /tmp/, and who the
process and the agent are.

Usage: commands_test.py PROJECT BIN [unittest arguments]; BIN holds mutray and mutray-cc.
"""
import collections
import fnmatch
import glob
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import unittest
import urllib.request

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, '..', 'upload'))
import capture

WORKER = '''#include <pthread.h>
struct job { pthread_mutex_t guard; };
static struct job job = {PTHREAD_MUTEX_INITIALIZER};
int main(void)
{
    START
    for (int i = 0; i < 1000; i++) {
        pthread_mutex_lock(&job.guard);
        pthread_mutex_unlock(&job.guard);
    }
    return 0;
}
'''
# A lock in memory that is only filled with zeros.
UNNAMED = WORKER.replace('static struct job job = {PTHREAD_MUTEX_INITIALIZER};',
                         'static char memory[100];\nstatic struct job *job = (void *)memory;').replace('job.guard', 'job->guard')
# Says when it is there, and goes on until its standard input ends, so it never outlives the test.
ENDLESS = '#include <poll.h>\n#include <stdio.h>\n' + WORKER.replace(
    'START', 'puts("there");\n    fflush(stdout);').replace(
    'int i = 0; i < 1000; i++', 'struct pollfd in = {0, POLLIN, 0}; poll(&in, 1, 1) == 0;')
WORKER, UNNAMED = (text.replace('    START\n', '') for text in (WORKER, UNNAMED))
# What README.md's `.mutray` speaks of.
QUEUE = '''#include <pthread.h>
typedef pthread_mutex_t my_mutex_t;
struct conn_queue { pthread_mutex_t lock; };
static struct conn_queue queue = {PTHREAD_MUTEX_INITIALIZER};
static my_mutex_t described = PTHREAD_MUTEX_INITIALIZER;
int my_mutex_enter(my_mutex_t *mutex);
int main(void)
{
    my_mutex_enter(&described);
    pthread_mutex_unlock(&described);
    pthread_mutex_lock(&queue.lock);
    pthread_mutex_unlock(&queue.lock);
    return 0;
}
'''
# With an argument, a thread waits for the lock: main() sees in the C library's mutex that it does before it lets go.
APP = '''#include <pthread.h>
#include <sched.h>
#include <stddef.h>
static struct conn_queue { pthread_mutex_t lock; } conn_queue = {PTHREAD_MUTEX_INITIALIZER};
static void *take(void *unused)
{
    pthread_mutex_lock(&conn_queue.lock);
    pthread_mutex_unlock(&conn_queue.lock);
    return unused;
}
int main(int argc, char **argv)
{
    pthread_t thread;
    (void)argv;
    pthread_mutex_lock(&conn_queue.lock);
    if (argc > 1) {
        pthread_create(&thread, NULL, take, NULL);
        while (*(volatile int *)&conn_queue.lock.__data.__lock != 2)
            sched_yield();
    }
    pthread_mutex_unlock(&conn_queue.lock);
    return argc > 1 ? pthread_join(thread, NULL) : 0;
}
'''
FILES = {
    'worker.c': WORKER, 'unnamed.c': UNNAMED, 'endless.c': ENDLESS, 'app.c': APP,
    'Makefile': 'all:\n\t$(CC) -o made worker.c -pthread\ncheck:\n\t./server\n.PHONY: all check\n',
    'configure': '#!/bin/sh\nexec $CC -o configured worker.c -pthread\n',
    'CMakeLists.txt': 'cmake_minimum_required(VERSION 3.21)\nproject(app C)\nfind_package(Threads REQUIRED)\n'
                      'add_executable(app app.c)\ntarget_link_libraries(app Threads::Threads)\n',
    # Programs that a person has at hand, beside those that the documents are about.
    'stubs/sleep': '#!/bin/sh\nexec /bin/sleep 0.1\n',
    'stubs/pidof': '#!/bin/sh\necho $SERVER_PID\n',
    'stubs/xdg-open': '#!/bin/sh\n',
    'stubs/flamegraph.pl': '#!/bin/sh\nexec cat\n',
}
PREPARE = '''
gcc -o server-plain worker.c -pthread
mutray-cc gcc -o server worker.c -pthread
mutray-cc gcc -o server-unnamed unnamed.c -pthread
mutray-cc gcc -o endless endless.c -pthread
mutray-cc gcc -g -o app app.c -pthread
mkdir -p tmp build home/.config/fish/completions
mutray-cc gcc -c -o build/first.o worker.c
export DD_PROFILING_CAPTURE_PCT=100 MUTRAY_WAIT_PERIOD_US=0
DD_PROFILING_OUTPUT_PPROF=tmp/quiet ./app
for name in app before after python; do cp tmp/quiet.*.1.pprof $name.pprof; done
DD_PROFILING_OUTPUT_PPROF=app ./app waiting
for name in prefix.4711.1 tmp/server.1.1; do cp app.*.1.pprof $name.pprof; done
'''

Command = collections.namedtuple('Command', 'document text shown')


def read(*path):
    with open(os.path.join(PROJECT, *path)) as file:
        return file.read()


def of_markdown(document, text):
    """The commands of the indented and fenced blocks; two spaces or more end a command, what follows says what it does."""
    inside = re.sub(r'^```.*\n((?:.*\n)*?)```$', lambda fenced: re.sub('^', '    ', fenced[1], flags=re.M), text, flags=re.M)
    for block in re.findall(r'(?:^(?: {4}|\t).*\n)+', inside, re.M):
        lines = [re.sub(r'^( {4}|\t)', '', line) for line in block.splitlines()]
        if any(line.startswith('$ ') for line in lines):
            for step in re.split(r'^\$ ', '\n'.join(lines), flags=re.M):
                command, *shown = step.splitlines() or ['']
                if command:
                    yield Command(document, command, ' '.join(shown))
        elif lines[0].startswith('exclude '):
            yield Command(document, '.mutray', '\n'.join(re.split(' {2,}', line)[0] for line in lines if line[0] != ' '))
        else:
            # A line that goes on far to the right explains the one above; the head of a table is text.
            for line in lines:
                if not line.startswith(' ' * 8) or '---' in line:
                    whole = line.strip()
                    yield Command(document, whole if re.match(r'(lock|---|\S+\.c:\d)', whole) else re.split(' {2,}', whole)[0], None)


def in_sentences(document, text):
    """What stands between backquotes and is more than the name of a command."""
    for span in re.findall(r'`([^`]+)`', re.sub(r'^(    |\t).*\n', '\n', text, flags=re.M)):
        span = re.sub(r'\s+', ' ', span)
        if re.match(r'([A-Z_]+=\S+ )*(mutray|mutray-cc|make|cmake|ctest|pkg-config|go|gcc) ', span) and span.count(' ') > 1:
            yield Command(document, span, None)


def of_manual(document, text):
    for block in re.findall(r'^\.EX\n(.*?)^\.EE', text, re.M | re.S):
        for line in block.splitlines():
            yield Command(document, line.replace(r'\(aq', "'").replace('\\-', '-').replace(r'\&', '').replace(r'\e', '\\'), None)


def documents():
    for name in 'README.md', 'CONTRIBUTING.md', *sorted(glob.glob('docs/*.md', root_dir=PROJECT)):
        text = read(name)
        yield name, [*of_markdown(name, text), *in_sentences(name, text)]
    for path in sorted(glob.glob('docs/man/*.1.in', root_dir=PROJECT)):
        name = os.path.basename(path)[:-3]
        yield name, list(of_manual(name, read(path)))


def exceptions():
    for line in read('tests', 'install', 'commands.txt').splitlines():
        if not line.startswith('#'):
            yield re.split(r'\s*\|\s*', line, maxsplit=2)


def fits(row, command):
    return fnmatch.fnmatchcase(command.document, row[0]) and fnmatch.fnmatchcase(command.text, row[1].replace('[', '[[]'))


class Table(unittest.TestCase):
    """commands.txt itself."""

    def setUp(self):
        self.commands = [command for _, commands in documents() for command in commands]

    def test_rows(self):
        self.assertGreater(len(self.commands), 80)
        listed = subprocess.run(['ctest', '--test-dir', os.path.dirname(BIN), '--show-only=json-v1'], capture_output=True,
                                text=True, check=True)
        tests = {test['name'] for test in json.loads(listed.stdout)['tests']}
        for row in exceptions():
            with self.subTest(row=row):
                self.assertTrue(any(fits(row, command) for command in self.commands), 'no command is like that')
                if row[2].startswith('by '):
                    self.assertIn(row[2][3:], tests)

    def test_what_is_named(self):
        """Also where nobody runs the command: scripts, presets and labels are there."""
        presets = json.loads(read('CMakePresets.json'))
        for command in self.commands:
            with self.subTest(command=command.text):
                if command.document in ('README.md', 'CONTRIBUTING.md'):
                    for script in re.findall(r'^\./(\S+\.sh)', command.text):
                        self.assertTrue(os.access(os.path.join(PROJECT, script), os.X_OK))
                for tool, name in re.findall(r'(cmake --build|cmake|ctest) --preset (\w+)', command.text):
                    kind = {'cmake': 'configurePresets', 'cmake --build': 'buildPresets', 'ctest': 'testPresets'}[tool]
                    self.assertIn(name, [preset['name'] for preset in presets[kind]])


class Documents(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.agent = capture.CaptureServer(info={'endpoints': ['/profiling/v1/input']})
        cls.agent.__enter__()
        cls.addClassCleanup(cls.agent.__exit__)
        cls.prepared = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.prepared.cleanup)
        for name, text in FILES.items():
            path = os.path.join(cls.prepared.name, name)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, 'w') as file:
                file.write(text)
            os.chmod(path, 0o755)
        subprocess.run(['sh', '-ec', PREPARE], cwd=cls.prepared.name, check=True,
                       env=capture.clean_environment(PATH=f'{BIN}:{os.environ["PATH"]}'))

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = os.path.join(folder.name, 'here')
        shutil.copytree(self.prepared.name, self.folder)
        self.environment = capture.clean_environment(
            PATH=f'{BIN}:{self.folder}/stubs:{os.environ["PATH"]}', HOME=f'{self.folder}/home', TMPDIR=f'{self.folder}/tmp',
            DD_TRACE_AGENT_PORT=str(self.agent.port), BROWSER=f'{self.folder}/stubs/xdg-open', MUTRAY_SKIP_PACKAGES='1')

    def localized(self, text, pid):
        text = text.replace('/tmp/', f'{self.folder}/tmp/').replace('localhost:4040', f'127.0.0.1:{self.agent.port}')
        text = re.sub(r'\b1234\b|\bPID$', str(pid), text)
        return re.sub(r'\bPROGRAM$', './server', re.sub(r'\bCOMMAND$', 'report', text))

    def run_command(self, command):
        """What it said and its exit status. A server that goes on is there for those that need one."""
        text, pid = command.text, 0
        environment = dict(self.environment)
        server = None
        if re.search(r'mutray (start|stop|flush)', text):
            server = subprocess.Popen(['./endless'], cwd=self.folder, env=environment, stdin=subprocess.PIPE,
                                      stdout=subprocess.PIPE)
            server.stdout.readline()
            pid = server.pid
            environment.update(SERVER_PID=str(pid), DD_PROFILING_CAPTURE_PCT='100')
        try:
            if server and 'mutray start' not in text:
                subprocess.run(['mutray', 'start', str(pid)], cwd=self.folder, env=environment, check=True, timeout=120,
                               stdout=subprocess.DEVNULL)
            done = subprocess.run(['bash', '-c', self.localized(text, pid)], cwd=self.folder, env=environment, timeout=120,
                                  stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
            return done.stdout, done.returncode
        finally:
            if server:
                server.communicate()
                self.assertEqual(server.returncode, 0, 'the server came to harm')

    def check(self, command):
        if command.text.startswith('go tool pprof -http'):
            return self.browse(command)
        if command.text == '.mutray':
            return self.describe(command)
        if command.text == './samples/run-demo.sh':
            return self.demonstrate()
        for tool in 'jq', 'zstd', 'clang':
            if re.search(rf'(^|[| ]){tool}( |$)', command.text) and shutil.which(tool) is None:
                print(f'skipped: {command.text}: there is no {tool}')
                return
        sent = len(self.agent.requests)
        said, status = self.run_command(command)
        self.assertNotIn(status, (126, 127), said)
        if command.shown is None:
            self.assertEqual(status, 0, said)
        else:
            expected = '.*'.join(re.escape(word.strip()) for word in re.split(r'\.{3,}', re.sub(r'\s+', ' ', command.shown)))
            self.assertRegex(re.sub(r'\s+', ' ', said).strip(), re.compile(rf'\A{expected}\Z', re.S))
        if 'DD_AGENT_HOST' in command.text or re.search('mutray push .*datadog', command.text) and command.shown is None:
            self.agent.settle()
            self.assertGreater(len(self.agent.requests), sent, 'nothing was sent')
        for name in re.findall(r'(?:-o|--json|>) (\S+\.(?:html|pprof|json|svg|fish))', self.localized(command.text, 0)):
            path = os.path.join(self.folder, name.replace('~', self.environment['HOME']))
            self.assertGreater(os.path.getsize(path), 0, name)

    def browse(self, command):
        """pprof serves pages until it is ended: looks at one."""
        text = 'exec ' + self.localized(command.text, 0)
        with subprocess.Popen(['bash', '-c', text], cwd=self.folder, env=self.environment, stdin=subprocess.DEVNULL,
                              stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, start_new_session=True) as viewer:
            try:
                for line in viewer.stderr:
                    address = re.search(r'http://\S+', line)
                    if address:
                        break
                else:
                    self.fail('pprof ended')
                page = urllib.request.urlopen(address[0].replace('localhost', '127.0.0.1') + '/ui/flamegraph', timeout=60).read()
                self.assertIn(b'take', page)
            finally:
                os.killpg(viewer.pid, signal.SIGKILL)

    def describe(self, command):
        """The example of a file .mutray: all of its statements are in force."""
        tree = os.path.join(self.folder, 'described')
        os.makedirs(f'{tree}/third_party')
        sources = {'.mutray': command.shown + '\n', 'queue.c': QUEUE, 'third_party/other.c': WORKER.replace('main', 'other'),
                   'plain.c': '#include <pthread.h>\nint my_mutex_enter(pthread_mutex_t *m) { return pthread_mutex_lock(m); }\n'}
        for name, text in sources.items():
            with open(os.path.join(tree, name), 'w') as file:
                file.write(text)
        said, status = self.run_command(Command('', '''cd described && gcc -c plain.c &&
            mutray-cc gcc -c third_party/other.c && mutray-cc gcc -o queue queue.c plain.o other.o -pthread &&
            mutray status other.o queue; DD_PROFILING_CAPTURE_PCT=100 mutray run -- ./queue''', None))
        self.assertEqual(status, 0, said)
        self.assertRegex(said, r'queue\.c: 4 found, 4 named')
        self.assertRegex(said, r'other\.c: 2 found, 0 named, 2 skipped')
        self.assertRegex(said, r'queue\.c:4:work_queue')
        self.assertRegex(said, r'queue\.c:5:described')

    def demonstrate(self):
        """The demonstration with this mutray: what it builds first is what the test was given."""
        tree = os.path.join(self.folder, 'clone')
        for name in 'samples', 'cmake':
            shutil.copytree(os.path.join(PROJECT, name), os.path.join(tree, name))
        os.mkdir(f'{tree}/build')
        os.symlink(BIN, f'{tree}/build/bin')
        open(f'{tree}/build/CMakeCache.txt', 'w').close()
        with open(f'{self.folder}/stubs/cmake', 'w') as file:
            file.write('#!/bin/sh\n[ "$*" = "--build --preset release" ]\n')
        os.chmod(f'{self.folder}/stubs/cmake', 0o755)
        done = subprocess.run(['./samples/run-demo.sh'], cwd=tree, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True,
                              env={**self.environment, 'PATH': f'{self.folder}/stubs:{os.environ["PATH"]}'},
                              stderr=subprocess.STDOUT, timeout=120)
        os.remove(f'{self.folder}/stubs/cmake')
        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertRegex(done.stdout, r'orders\.c:\d+:order_queue\.guard ')


def test_of(document, commands):
    def test(self):
        for command in commands:
            if not any(fits(row, command) for row in exceptions()):
                with self.subTest(command=command.text):
                    self.check(command)
    test.__doc__ = f'{document}: {len(commands)} commands'
    return test


if __name__ == '__main__':
    PROJECT, BIN = map(os.path.abspath, sys.argv[1:3])
    for document, commands in documents():
        if commands:
            setattr(Documents, 'test_' + re.sub(r'\W', '_', document), test_of(document, commands))
    unittest.main(argv=sys.argv[:1] + sys.argv[3:], verbosity=2)

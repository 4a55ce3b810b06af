#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Completion in real shells: words are typed at a terminal, with the tab key, and the shell is asked what it made of them.

Usage: completion_test.py MUTRAY [unittest arguments]
"""
import os
import pty
import re
import select
import shutil
import subprocess
import sys
import tempfile
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'upload'))
import capture

MUTRAY = os.path.abspath(sys.argv.pop(1))
PATIENCE = 20  # seconds
TO_BEGINNING, RETURN, TAB = '\x01', '\r', '\t'

# What is typed before the tab key, and what the line is afterwards.
LINES = {
    'mutray rep': 'mutray report',
    'mutray report --sit': 'mutray report --sites',
    'mutray export --spe': 'mutray export --speedscope',
    'mutray help rew': 'mutray help rewrite',
    'mutray completion fi': 'mutray completion fish',
    'mutray report prof': 'mutray report profile.1.1.pprof',
    'mutray run --op': 'mutray run --open',
    'mutray report --sites --js': 'mutray report --sites --json',
}


def said(*words):
    return subprocess.run([MUTRAY, *words], capture_output=True, text=True, check=True, env=capture.clean_environment()).stdout


class Terminal:
    """A shell at a terminal of its own."""

    def __init__(self, command, folder, environment):
        self.process, self.file = pty.fork()
        if self.process == 0:
            os.chdir(folder)
            os.execvpe(command[0], command, environment)
        self.seen = ''

    def type(self, keys):
        os.write(self.file, keys.encode())

    def read_until(self, pattern):
        end = time.monotonic() + PATIENCE
        while not re.search(pattern, self.seen):
            if not select.select([self.file], [], [], max(0, end - time.monotonic()))[0]:
                raise AssertionError(f'no {pattern} in {self.seen!r}')
            self.seen += os.read(self.file, 65536).decode(errors='replace')
            if '\x1b[c' in self.seen or '\x1b[0c' in self.seen:  # fish asks the terminal what it is
                self.seen = re.sub(r'\x1b\[0?c', '', self.seen)
                self.type('\x1b[?1;2c')
        found = re.search(pattern, self.seen)
        self.seen = self.seen[found.end():]
        return found

    def end(self):
        os.close(self.file)
        os.waitpid(self.process, 0)


class Typed:
    shell = None

    def setUp(self):
        if shutil.which(self.shell) is None:
            self.skipTest(f'no {self.shell}')
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        os.makedirs(self.folder + '/work')
        open(self.folder + '/work/profile.1.1.pprof', 'w').close()
        self.environment = capture.clean_environment(
            HOME=self.folder, TERM='vt100', PS1='', PATH=f'{os.path.dirname(MUTRAY)}:{os.environ["PATH"]}')
        command = self.prepare()
        self.terminal = Terminal(command, self.folder + '/work', self.environment)
        self.addCleanup(self.terminal.end)

    def put(self, path):
        path = os.path.join(self.folder, path)
        os.makedirs(os.path.dirname(path))
        with open(path, 'w') as file:
            file.write(said('completion', self.shell))
        return path

    def test_lines(self):
        """Each line is completed, then made the argument of echo."""
        self.terminal.type(f'{self.first}echo re""ady{RETURN}')
        self.terminal.read_until('ready')
        for number, (typed, expected) in enumerate(LINES.items()):
            self.terminal.type(typed + TAB)
            time.sleep(0.3)  # zsh throws typed keys away while it completes
            self.terminal.type(f'{TO_BEGINNING}echo li""ne-{number} {RETURN}')
            line = self.terminal.read_until(rf'line-{number} ([^\r\n]*)\r?\n')[1]
            self.assertEqual(line.strip(), expected, typed)


class Bash(Typed, unittest.TestCase):
    shell = 'bash'

    def prepare(self):
        self.first = f'. {self.put("completions/mutray")}; '
        return ['bash', '--norc', '--noprofile', '-i']


class Zsh(Typed, unittest.TestCase):
    """The installed script is found by its name in a folder of fpath."""
    shell = 'zsh'

    def prepare(self):
        self.first = f'fpath=({os.path.dirname(self.put("site-functions/_mutray"))} $fpath); autoload -Uz compinit; compinit -u; '
        return ['zsh', '-f', '-i']


class Fish(Typed, unittest.TestCase):
    """The installed script is found below the data folders."""
    shell = 'fish'

    def prepare(self):
        self.put('share/fish/vendor_completions.d/mutray.fish')
        self.first = ''
        self.environment['XDG_DATA_DIRS'] = f'{self.folder}/share:/usr/share'
        return ['fish', '-i']

    def test_each_option(self):
        """With its description, as the command itself tells it."""
        commands = re.findall(r'^  (\w+) ', said('help'), re.M)
        self.assertGreater(len(commands), 8)
        for command in commands:
            for option in said('help', '--options', command).split():
                done = subprocess.run(['fish', '-c', 'complete -C $argv[1]', f'mutray {command} {option}'], env=self.environment,
                                      capture_output=True, text=True, timeout=PATIENCE)
                found = dict(line.split('\t', 1) for line in done.stdout.splitlines() if '\t' in line)
                self.assertIn(option, found, f'{command}: {done.stdout}{done.stderr}')


if __name__ == '__main__':
    unittest.main()

#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every command, given what it cannot use: exit status 2 and one line on standard error that says what is wrong and what to
do. The commands are those of commands.def; one that is not in the table here fails the test.

Usage: bad_input_test.py PROJECT BIN [unittest arguments]; BIN holds mutray.
"""
import os
import re
import stat
import subprocess
import sys
import tempfile
import unittest

PUSH = ['--to', 'datadog', '--url', 'http://127.0.0.1:9']

# command -> the ways to go wrong -> (arguments, what the line must say). @ is a folder; in it `missing` is not there,
# `folder` is one, `text` is a file of another kind, `locked` may not be read. What a command takes no file for is left out.
# `cc` and `run` hand on a shell's status for a program that cannot be started: 127 not found, 126 not to be executed.
TABLE = {
    'cc': {'argument': ([], 'no compiler given'), 'missing': (['--', '@/missing'], 'No such file', 127),
           'folder': (['--', '@/folder'], 'Permission denied', 126), 'locked': (['--', '@/locked'], 'Permission denied', 126)},
    'rewrite': {'argument': ([], '--out TREE'), 'missing': (['-p', '@/missing', '--out', '@/new'], 'No such file'),
                'folder': (['-p', '@/folder', '--out', '@/new'], 'compile_commands.json'),
                'text': (['-p', '@/text', '--out', '@/new'], 'Not a directory'), 'extra': (['--out', '@/new', 'word'], "'word'")},
    'diff': {'argument': ([], 'mutray diff TREE'), 'missing': (['@/missing'], 'No such file'),
             'folder': (['@/folder'], 'was not written by'), 'text': (['@/text'], 'Not a directory')},
    'run': {'argument': ([], 'give the program to run'), 'missing': (['--', '@/missing'], 'No such file', 127),
            'folder': (['--', '@/folder'], 'Permission denied', 126), 'locked': (['--', '@/locked'], 'Permission denied', 126)},
    'report': {'argument': ([], 'give the profiles'), 'missing': (['@/missing'], 'No such file'),
               'folder': (['@/folder'], 'Is a directory'), 'text': (['@/text'], 'not a pprof profile'),
               'locked': (['@/locked'], 'Permission denied'), 'value': (['--top', 'x', '@/text'], 'whole number'),
               'no value': (['--top'], 'needs a value')},
    'export': {'argument': ([], 'say which form'), 'missing': (['--folded', '@/missing'], 'No such file'),
               'folder': (['--folded', '@/folder'], 'Is a directory'), 'text': (['--folded', '@/text'], 'not a pprof profile'),
               'locked': (['--folded', '@/locked'], 'Permission denied')},
    'push': {'argument': ([], 'give the profiles'), 'missing': ([*PUSH, '@/missing'], 'No such file'),
             'folder': ([*PUSH, '@/folder'], 'cannot be read'), 'text': ([*PUSH, '@/text'], 'not a'),
             'locked': ([*PUSH, '@/locked'], 'Permission denied'), 'value': (['--to', 'nowhere', '@/text'], "'nowhere'")},
    'doctor': {'extra': (['word'], 'It takes no file'), 'no value': (['--cc'], 'needs a value')},
    'completion': {'argument': ([], 'bash, zsh or fish'), 'unknown': (['tcsh'], 'bash, zsh or fish')},
    'help': {'unknown': (['nonsense'], 'unknown command'), 'extra': (['run', 'report'], 'one command at a time')},
    'start': {'argument': ([], 'number of one process'), 'missing': (['2147483647'], 'no process 2147483647'),
              'text': (['@/text'], 'number of a process'), 'value': (['--pct', 'x', '1'], 'number'),
              'itself': ([str(os.getpid())], 'no mutray in it'), 'extra': (['1', '2'], 'number of one process')},
    'stop': {'argument': ([], 'number of one process'), 'missing': (['2147483647'], 'no process 2147483647'),
             'text': (['-1'], 'unknown option'), 'itself': ([str(os.getpid())], 'no mutray in it')},
    'flush': {'argument': ([], 'number of one process'), 'missing': (['2147483647'], 'no process 2147483647'),
              'text': (['0x10'], 'number of a process'), 'itself': ([str(os.getpid())], 'no mutray in it')},
    'status': {'argument': ([], 'give an object'), 'missing': (['@/missing'], 'No such file'),
               'text': (['@/text'], 'no object code'), 'locked': (['@/locked'], 'Permission denied')},
}


class BadInput(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        os.chmod(self.folder, 0o755)
        os.mkdir(f'{self.folder}/folder')
        for name in 'text', 'locked':
            with open(f'{self.folder}/{name}', 'w') as file:
                file.write('nothing that mutray reads\n')
        os.chmod(f'{self.folder}/locked', 0)

    def hold(self, command, arguments, says, status=2, **more):
        words = [f'{BIN}/mutray', command, *[word.replace('@', self.folder) for word in arguments]]
        done = subprocess.run(words, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=60, **more)
        with self.subTest(command=' '.join([command, *arguments])):
            self.assertEqual(done.returncode, status, done.stderr)
            self.assertEqual(done.stdout, '')
            self.assertRegex(done.stderr, r'\Amutray: [^\n]+\n\Z')
            self.assertIn(says, done.stderr)
            self.assertRegex(done.stderr, r'; |`|give |say |name the |wants |needs a value: ', 'what to do')

    def others_read(self, path):
        """A user without privileges gets at the program: every folder above it is open."""
        while path != '/':
            path = os.path.dirname(path)
            if not os.stat(path).st_mode & stat.S_IXOTH:
                return False
        return True

    def test_every_command_is_here(self):
        with open(f'{PROJECT}/tool/commands.def') as file:
            self.assertEqual(set(re.findall(r'^MUTRAY_COMMAND\((\w+),', file.read(), re.M)), TABLE.keys())

    def test_unknown_option(self):
        for command in TABLE:
            self.hold(command, ['--nonsense'], 'unknown option --nonsense')
            self.hold(command, ['-%'], 'unknown option -%')

    def test_unknown_command(self):
        self.hold('reprot', [], 'did you mean `mutray report`')
        self.hold('--nonsense', [], 'mutray takes a command first')

    def test_table(self):
        for command, ways in TABLE.items():
            for way, case in ways.items():
                if way != 'locked':
                    self.hold(command, *case)

    def test_unreadable(self):
        """As a user who may not read the file; root may read everything."""
        more = {}
        if os.geteuid() == 0:
            if not self.others_read(f'{BIN}/mutray'):
                self.skipTest('the build folder is closed to other users')
            more = {'user': 65534, 'group': 65534, 'extra_groups': []}
        for command, ways in TABLE.items():
            if 'locked' in ways:
                self.hold(command, *ways['locked'], **more)


if __name__ == '__main__':
    PROJECT, BIN = sys.argv[1:3]
    unittest.main(argv=sys.argv[:1] + sys.argv[3:], verbosity=2)

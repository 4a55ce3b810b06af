#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What is different at a terminal: colour, the width of the table, and the progress line of a long run.

Usage: terminal_test.py MUTRAY MAKE_PROFILE PROFILE_TEXT [unittest arguments]
"""
import fcntl
import os
import pty
import re
import struct
import subprocess
import sys
import tempfile
import termios
import unittest

MUTRAY, MAKE_PROFILE, PROFILE_TEXT = (os.path.abspath(sys.argv.pop(1)) for _ in range(3))
COLOUR = r'\x1b\[[0-9;]*m'
LIMIT = 60


class Terminal(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.folder = folder.name
        cls.profile = cls.folder + '/shop.pprof'
        subprocess.run([MAKE_PROFILE, PROFILE_TEXT, cls.profile], check=True)
        cls.environment = {k: v for k, v in os.environ.items()
                           if not k.startswith(('DD_', 'MUTRAY_')) and k not in ('NO_COLOR', 'COLUMNS', 'LD_PRELOAD')}
        cls.environment.update(TMPDIR=cls.folder, TERM='xterm')

    def at_terminal(self, *words, columns=250, streams=('stdout', 'stderr'), **environment):
        """What arrives at the terminal, and what in the other stream, if there is one."""
        ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack('HHHH', 24, columns, 0, 0))
        others = {stream: subprocess.PIPE for stream in {'stdout', 'stderr'} - set(streams)}
        process = subprocess.Popen([MUTRAY, *words], env={**self.environment, **environment}, stdin=subprocess.DEVNULL,
                                   **others, **{stream: theirs for stream in streams})
        os.close(theirs)
        text = b''
        try:
            while more := os.read(ours, 65536):
                text += more
        except OSError:
            pass  # the terminal's last user is gone
        os.close(ours)
        rest = b''.join(part for part in process.communicate(timeout=LIMIT) if part)
        self.assertEqual(process.returncode, 0, text)
        return text.decode().replace('\r\n', '\n'), rest.decode()

    def test_colour(self):
        text, _ = self.at_terminal('report', self.profile)
        self.assertRegex(text, COLOUR)
        self.assertRegex(self.at_terminal('report', self.profile, NO_COLOR='')[0], COLOUR)
        plain = subprocess.run([MUTRAY, 'report', self.profile], env={**self.environment, 'COLUMNS': '250'}, capture_output=True,
                               text=True, check=True).stdout
        self.assertEqual(re.sub(COLOUR, '', text), plain, 'colour is all that differs')
        for environment in {'NO_COLOR': '1'}, {'TERM': 'dumb'}:
            self.assertEqual(self.at_terminal('report', self.profile, **environment)[0], plain)

    def test_colour_where_the_table_goes(self):
        """`mutray run` prints it to standard error: that is what counts."""
        script = f'{MAKE_PROFILE} {PROFILE_TEXT} "$DD_PROFILING_OUTPUT_PPROF.$$.1.pprof"'
        words = 'run', '--', '/bin/sh', '-c', script
        self.assertRegex(self.at_terminal(*words, streams=['stderr'])[0], COLOUR)
        self.assertNotRegex(''.join(self.at_terminal(*words, streams=['stdout'])), COLOUR)

    def test_width(self):
        """No line of the table is wider than the terminal; names and what it is sorted by are always there."""
        for columns in 60, 80, 100, 132, 160, 250:
            text = re.sub(COLOUR, '', self.at_terminal('report', self.profile, columns=columns)[0])
            lines = re.split(r'^\(|^$', text, flags=re.M)[0].splitlines()
            self.assertGreater(len(lines), 4)
            self.assertLessEqual(max(map(len, lines)), columns, text)
            self.assertIn('conn_queue.lock', text)
            self.assertEqual('columns do not fit' in text, columns < 130, text)
            self.assertRegex(text, r'\btotal\b')

    def test_progress_of_a_long_run(self):
        """From the tenth second on, on a line of its own that is gone when the table comes."""
        words = 'run', '--', '/bin/sh', '-c', f'sleep 11.5; {MAKE_PROFILE} {PROFILE_TEXT} "$DD_PROFILING_OUTPUT_PPROF.$$.1.pprof"'
        text, _ = self.at_terminal(*words, streams=['stderr'], columns=200)
        self.assertRegex(text, r'\A(\r\x1b\[Kmutray: profiling for 1\d\.\d+s ){1,3}\r\x1b\[K\n')
        self.assertIn('conn_queue.lock', text)

    def test_no_progress_where_it_would_disturb(self):
        """Not into a file, and not between what the program itself prints to the terminal."""
        for words, streams in ((('run',), ['stdout', 'stderr']), (('run',), ['stdout']), (('run', '-q'), ['stderr'])):
            text, rest = self.at_terminal(*words, '--', '/bin/sh', '-c', 'sleep 11.5', streams=streams)
            self.assertNotIn('profiling for', text + rest)


if __name__ == '__main__':
    unittest.main()

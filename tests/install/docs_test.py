#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The documents held against what there is: every command of docs/troubleshooting.md says what the document shows, and
docs/configuration.md lists what the code takes, no more and no less.

Usage: docs_test.py PROJECT BIN [unittest arguments]; BIN holds mutray and mutray-cc.
"""
import os
import re
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'upload'))
import capture

WORKER = '''#include <pthread.h>
struct job { pthread_mutex_t guard; };
static struct job job = {PTHREAD_MUTEX_INITIALIZER};
int main(void)
{
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


def read(*path):
    with open(os.path.join(PROJECT, *path)) as file:
        return file.read()


class Troubleshooting(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.environment = capture.clean_environment(PATH=f'{BIN}:{os.environ["PATH"]}')
        for name, text in ('worker.c', WORKER), ('unnamed.c', UNNAMED):
            with open(os.path.join(self.folder, name), 'w') as file:
                file.write(text)
        for command in ('gcc -o server-plain worker.c', 'mutray-cc gcc -o server worker.c', 'mutray-cc gcc -o server-unnamed unnamed.c'):
            self.say(command)

    def say(self, command):
        done = subprocess.run(['sh', '-c', command], cwd=self.folder, env=self.environment, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, timeout=60)
        self.assertNotIn(done.returncode, (126, 127), f'{command}\n{done.stdout}')
        return done.stdout

    def test_commands(self):
        """A `...` in what a document shows stands for anything; an empty answer must be one."""
        blocks = re.findall(r'(?:^    .*\n)+', read('docs', 'troubleshooting.md'), re.M)
        commands = 0
        for block in blocks:
            for step in re.split(r'^    \$ ', block, flags=re.M)[1:]:
                command, *shown = [line.removeprefix('    ') for line in step.splitlines()]
                said = self.say(command)
                words = re.split(r'\.{3,}', re.sub(r'\s+', ' ', ' '.join(shown)))
                expected = '.*'.join(re.escape(word.strip()) for word in words)
                with self.subTest(command=command):
                    self.assertRegex(re.sub(r'\s+', ' ', said).strip(), re.compile(rf'\A{expected}\Z', re.S))
                commands += 1
        self.assertGreater(commands, 12)


class Configuration(unittest.TestCase):
    def setUp(self):
        self.text = read('docs', 'configuration.md')

    def rows(self, section):
        part = self.text.partition(f'\n## {section}')[2].partition('\n## ')[0]
        return [[cell.strip() for cell in row.strip('|').split(' | ')] for row in re.findall(r'^\| `.*\|$', part, re.M)]

    def test_tables_are_those_of_the_code(self):
        """Also README.md's."""
        done = subprocess.run([sys.executable, os.path.join(PROJECT, 'docs', 'generate.py'), '--check'], capture_output=True,
                              text=True)
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, '', ''))
        for section, least in ('The project', 7), ('The program', 31), ('Building mutray', 4):
            self.assertGreaterEqual(len(self.rows(section)), least)

    def test_project_file(self):
        """The statements, kinds and roles that the parsers know."""
        shown = {statement.strip('`').split()[0] for statement, _ in self.rows('The project')}
        self.assertEqual(shown, set(re.findall(r'strcmp\(line->words\[0\], "(\w+)"\) == 0\)? (?:\|\||return)',
                                               read('tool', 'instrument', 'config.c'))) | {'include'})
        for name, words in re.findall(r'(kind|role)_words\[\] = \{([^}]*)\}', read('tool', 'instrument', 'functions.c')):
            known = ' '.join(re.findall(r'"(\w+)"', words))
            self.assertIn(f'`{name.upper()}` is one of `{known}`', re.sub(r'\s+', ' ', self.text))

    def test_build(self):
        sources = ''.join(read('tool', 'driver', name) for name in os.listdir(os.path.join(PROJECT, 'tool', 'driver'))
                          if name.endswith('.c'))
        self.assertEqual({row[0].strip('`') for row in self.rows('The build')}, set(re.findall(r'getenv\("(MUTRAY_\w+)"', sources)))


if __name__ == '__main__':
    PROJECT, BIN = sys.argv[1:3]
    unittest.main(argv=sys.argv[:1] + sys.argv[3:], verbosity=2)

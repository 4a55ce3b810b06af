#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""docs/configuration.md held against what there is: it lists what the code takes, no more and no less. The commands in the
documents are commands_test.py's.

Usage: docs_test.py PROJECT BIN [unittest arguments]
"""
import os
import re
import subprocess
import sys
import unittest


def read(*path):
    with open(os.path.join(PROJECT, *path)) as file:
        return file.read()


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
    PROJECT = sys.argv[1]
    unittest.main(argv=sys.argv[:1] + sys.argv[3:], verbosity=2)

#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes the tables of README.md and docs/configuration.md from those of the code: whatever stands there between a line
`<!-- table NAME: from FILE -->` and `<!-- end -->`. `ninja docs` runs it; a test (install.docs) says when it should have.

Usage: generate.py [--check]
"""
import os
import re
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
DOCUMENTS = 'README.md', 'docs/configuration.md'
VALUES = {'FLAG': 'true, false', 'TEXT': 'text', 'NUMBER': '{low} to {high}', 'COUNT': '{low} to {high}, whole'}


def read(path):
    with open(os.path.join(ROOT, path)) as file:
        return file.read()


def options(path):
    text = read(path)
    found = [match.groupdict() for match in re.finditer(
        r'^MUTRAY_OPTION\((?P<kind>\w+), (?P<name>\w+), \w+, "?(?P<fallback>[^,"]*)"?, (?P<low>[^,]+), (?P<high>[^,]+),'
        r'\s*"(?P<meaning>[^"]*)"\)', text, re.M)]
    assert len(found) == text.count('\nMUTRAY_OPTION('), f'{path} has a line that is not understood'
    return found


def environment(path):
    yield 'variable', 'values', 'default', 'meaning'
    for option in options(path):
        yield (f'`{option["name"]}`', VALUES[option['kind']].format(**option), option['fallback'], option['meaning'])


def variables(path):
    for row in environment(path):
        yield row[0], row[2], row[3]


def cmake(path):
    """cmake_dependent_option() and cached texts."""
    yield 'option', 'default', 'meaning'
    for flag, meaning, text, words in re.findall(
            r'^(?:cmake_dependent_option\((MUTRAY_\w+) "(.*?)" ON "PROJECT_IS_TOP_LEVEL" OFF\)|'
            r'set\((MUTRAY_\w+) "" CACHE STRING "(.*?)"\))', read(path), re.M):
        yield (f'`{flag}`', 'ON, OFF in a subproject', meaning) if flag else (f'`{text}`', 'none', words)


def statements(path):
    """The language of .mutray as its header explains it."""
    yield 'statement', 'meaning'
    language = read(path).partition(' * A line is one of\n')[2].partition(' * and `#`')[0]
    for statement, meaning in re.findall(r'^ \*     ((?:[a-z]|[a-z].*?\S)(?: *\n \*)?)  +(\S.*(?:\n \*      +.*)*)', language, re.M):
        yield f'`{statement.removesuffix("*").strip()}`', re.sub(r'\n \* +', ' ', meaning)


TABLES = {'environment': environment, 'variables': variables, 'cmake': cmake, 'statements': statements}


def table(rows):
    head, *rest = rows
    return ''.join('| ' + ' | '.join(row) + ' |\n' for row in (head, *rest)).replace('\n', '\n|' + '---|' * len(head) + '\n', 1)


def generate(text):
    def fill(match):
        return f'{match[1]}{table(TABLES[match[2]](match[3]))}<!-- end -->'
    return re.sub(r'(<!-- table (\w+): from (\S+) -->\n)[^<]*(?:<(?!!-- end)[^<]*)*<!-- end -->', fill, text)


def main():
    stale = [name for name in DOCUMENTS if generate(read(name)) != read(name)]
    if sys.argv[1:] == ['--check']:
        for name in stale:
            print(f'{name} is not what the code says: run docs/generate.py, or `ninja docs`')
        return 1 if stale else 0
    for name in stale:
        text = generate(read(name))
        with open(os.path.join(ROOT, name), 'w') as file:
            file.write(text)
        print(f'wrote {name}')
    return 0


if __name__ == '__main__':
    sys.exit(main())

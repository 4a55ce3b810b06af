#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""census_cc.py FOLDER COMPILER ARGUMENT...: stands in for a compiler, and counts the lock functions in what it compiles.

Each source is also preprocessed with the same options, and where the result names a lock function (lock_functions())
outside system headers, a file in FOLDER says so: the source, and for each place the function, file, line and what stands
there: `call` (before a parenthesis), `name`, `member` (after `.` or `->`) or `declaration` (after a type); and those of the
functions that the unit's object code refers to, which are none where all stand in inline functions that nobody uses.
Nothing of mutray has a part in this, so that it can be held against `mutray status`. Code is made without optimising: nobody
runs it for long, and what is never reached is in it.
"""
import glob
import hashlib
import json
import os
import re
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
FUNCTIONS = os.path.join(HERE, '..', '..', 'runtime', 'include', 'mutray', 'functions.def')
DESCRIPTIONS = os.path.join(HERE, '..', '..', 'tool', 'descriptions', '*.mutray')
WITH_VALUE = {'-o', '-MF', '-MT', '-MQ', '-include', '-imacros', '-isystem', '-I', '-D', '-U', '-x', '-L', '-l', '-iquote'}
NOT_TYPES = {'return', 'else', 'do', 'case', 'goto', 'sizeof', 'typeof', '__typeof__', '__extension__'}
TOKEN = re.compile(rb'''"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|[A-Za-z_]\w*|->|\n|[^\s\w]''')
MARKER = re.compile(rb'# (\d+) "((?:[^"\\]|\\.)*)"([ \d]*)')


def lock_functions():
    """those of functions.def, and the described ones that make locks, which count wherever they are called"""
    with open(FUNCTIONS) as file:
        names = re.findall(r'^MUTRAY_FUNCTION\(\w+, (\w+),', file.read(), re.M)
    for path in glob.glob(DESCRIPTIONS):
        with open(path) as file:
            names += re.findall(r'^function (\w+) \w+ init \*', file.read(), re.M)
    return {name.encode() for name in names}


def occurrences(text, names):
    """(function, file, line, what) of each name in preprocessed text, outside system headers"""
    found, file, line, system = [], '', 0, False
    before, two_before, open_name = b'', b'', None
    for row in text.split(b'\n'):
        marker = MARKER.match(row)
        if marker:
            file, line, system = marker[2].decode(errors='replace'), int(marker[1]), b'3' in marker[3]
            continue
        for token in () if system else TOKEN.findall(row):
            if open_name is not None:
                if token == b'(' and open_name[3] == 'name':
                    open_name[3] = 'call'
                found.append(tuple(open_name))
                open_name = None
            if token in names:
                what = 'name'
                if before in (b'.', b'->'):
                    what = 'member'
                elif re.match(rb'[A-Za-z_]', before) and before.decode() not in NOT_TYPES or \
                        before == b'*' and re.match(rb'[A-Za-z_]', two_before):
                    what = 'declaration'
                open_name = [token.decode(), file, line, what]
            two_before, before = before, token
        line += 1
    return found


def plan(arguments):
    """the sources, and the options to preprocess one of them with"""
    sources, options = [], []
    words = iter(arguments)
    for word in words:
        if word in WITH_VALUE:
            value = next(words, '')
            if word not in ('-o', '-MF', '-MT', '-MQ'):
                options += [word, value]
        elif word.endswith('.c') and not word.startswith('-'):
            sources.append(word)
        elif word not in ('-c', '-M', '-MM', '-MD', '-MMD', '-MP', '-MG') and not word.startswith(('-o', '-Wl,', '-Wp,-M')):
            options.append(word)
    return sources, options


def linked(compiler, options, source, names):
    """those of the names that the unit's code refers to, by the symbols of its object; all of them if it cannot be made"""
    with tempfile.TemporaryDirectory() as folder:
        unit = os.path.join(folder, 'unit.o')
        command = [compiler, *options, '-O0', '-fno-lto', '-w', '-c', source, '-o', unit]
        if subprocess.run(command, stderr=subprocess.DEVNULL).returncode != 0:
            return sorted(name.decode() for name in names)
        symbols = subprocess.run(['nm', '-u', unit], stdout=subprocess.PIPE, check=True).stdout.split()
    return sorted({symbol.partition(b'@')[0].decode() for symbol in symbols} & {name.decode() for name in names})


def main():
    folder, compiler, *arguments = sys.argv[1:]
    sources, options = plan(arguments)
    done = subprocess.run([compiler, *arguments, *(['-O0'] if sources else [])]).returncode
    if done != 0 or {'-E', '-S', '-M', '-MM'} & set(arguments):
        return done
    names = lock_functions()
    for source in sources:
        text = subprocess.run([compiler, *options, '-E', source], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout
        places = [(name, os.path.realpath(file), line, what) for name, file, line, what in occurrences(text, names)]
        if places:
            os.makedirs(folder, exist_ok=True)
            key = hashlib.sha1('\0'.join([os.getcwd(), source, *options]).encode()).hexdigest()
            with open(os.path.join(folder, key), 'w') as file:
                json.dump({'source': source, 'places': places, 'linked': linked(compiler, options, source, names)}, file)
    return 0


if __name__ == '__main__':
    sys.exit(main())

#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""README.md held against what there is: the ways to turn mutray on, the names in its table, the variables, the commands.

Usage: readme_test.py PROJECT BIN [unittest arguments]; BIN holds mutray and mutray-cc.
"""
import glob
import os
import re
import subprocess
import sys
import tempfile
import unittest

for folder in 'lib', 'upload':
    sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', folder))
import capture
import pprof_raw

CMAKE = '''cmake_minimum_required(VERSION 3.21)
project(shop C)
find_package(Threads REQUIRED)
file(GLOB sources "${SHOP}/*.c")
add_executable(shop ${sources})
target_link_libraries(shop PRIVATE Threads::Threads)
'''
MESON = '''project('shop', 'c')
executable('shop', run_command('sh', '-c', 'ls "$1"/*.c', 'sh', '@SHOP@', check: true).stdout().split(),
           dependencies: dependency('threads'))
'''


def read(*path):
    with open(os.path.join(PROJECT, *path)) as file:
        return file.read()


class Ways(unittest.TestCase):
    """Each way builds the shop so that every lock call is named, and a run with a prefix writes a profile."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.shop = os.path.join(PROJECT, 'samples', 'shop')
        self.environment = capture.clean_environment(PATH=f'{BIN}:{os.environ["PATH"]}')

    def do(self, *command, **more):
        done = subprocess.run(command, cwd=self.folder, env={**self.environment, **more}, capture_output=True, text=True,
                              timeout=120)
        self.assertEqual(done.returncode, 0, f'{command}\n{done.stdout}\n{done.stderr}')
        return done.stdout

    def write(self, name, text):
        with open(os.path.join(self.folder, name), 'w') as file:
            file.write(text)

    def check(self, program):
        found, named, skipped = re.search(r'(\d+) found, (\d+) named, (\d+) skipped\n$', self.do('mutray', 'status', program)).groups()
        self.assertGreater(int(found), 50)
        self.assertEqual((named, skipped), (found, '0'))
        self.do(program, '1', '2', DD_PROFILING_OUTPUT_PPROF=f'{self.folder}/profile')
        names = pprof_raw.totals_by_lock(map(pprof_raw.read, glob.glob(f'{self.folder}/profile.*.pprof')))
        self.assertTrue(any(name.endswith(':order_queue.guard') or name.endswith(':guard') for name in names), names)

    def test_make(self):
        self.do('make', '-s', '-C', self.shop, f'BUILD={self.folder}', 'CC=mutray-cc gcc')
        self.check(f'{self.folder}/shop')

    def test_one_command(self):
        sources = sorted(glob.glob(f'{self.shop}/*.c'))
        for source in sources:
            self.do('mutray', 'cc', '--', 'gcc', '-O2', '-c', source)
        self.do('mutray', 'cc', '--', 'gcc', '-o', 'shop', *[os.path.basename(s)[:-1] + 'o' for s in sources], '-pthread')
        self.check(f'{self.folder}/shop')

    def test_cmake_launcher(self):
        self.write('CMakeLists.txt', CMAKE)
        self.do('cmake', '-S', '.', '-B', 'build', f'-DSHOP={self.shop}',
                *re.search(r'cmake (-DCMAKE_C_COMPILER_LAUNCHER=.*) \.\.\.', read('README.md'))[1].replace('"', '').split())
        self.do('cmake', '--build', 'build')
        self.check(f'{self.folder}/build/shop')

    def test_cmake_cc(self):
        self.write('CMakeLists.txt', CMAKE)
        self.do('cmake', '-S', '.', '-B', 'build', f'-DSHOP={self.shop}', CC='mutray-cc gcc')
        self.do('cmake', '--build', 'build')
        self.check(f'{self.folder}/build/shop')

    def test_meson(self):
        self.write('meson.build', MESON.replace('@SHOP@', self.shop))
        self.do('meson', 'setup', 'build', CC='mutray-cc gcc')
        self.do('meson', 'compile', '-C', 'build')
        self.check(f'{self.folder}/build/shop')


class Readme(unittest.TestCase):
    def setUp(self):
        self.readme = read('README.md')

    def test_names_in_the_table(self):
        table = re.findall(r'^    (\w+\.c:\d+):(\S+)', self.readme, re.M)
        created = {(f'{os.path.basename(path)}:{number}', marker[1])
                   for path in glob.glob(os.path.join(PROJECT, 'samples', 'shop', '*.c'))
                   for number, line in enumerate(read(path).splitlines(), 1)
                   for marker in [re.search(r'!CREATE! (\w+)', line)] if marker}
        self.assertEqual({(place, name.split('.')[-1]) for place, name in table}, created)

    def test_commands(self):
        commands = set(re.findall(r'^MUTRAY_COMMAND\((\w+),', read('tool', 'commands.def'), re.M))
        used = set(re.findall(r'^    mutray (\w+)|`mutray (\w+)', self.readme, re.M))
        self.assertLessEqual({a or b for a, b in used}, commands)


if __name__ == '__main__':
    PROJECT, BIN = sys.argv[1:3]
    unittest.main(argv=sys.argv[:1] + sys.argv[3:], verbosity=2)

#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""MUTRAY_LINES: file and line of a lock's callers, from debug information wherever it is, as `go tool pprof` reads them;
and what a program loads and is linked with, with it and without.

Usage: lines_test.py BINARIES [unittest arguments]
"""
import glob
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

BINARIES = os.path.abspath(sys.argv.pop(1))
LIBRARIES = os.path.join(BINARIES, '..', 'lib')
SOURCE = '''#include <pthread.h>
#include <stdio.h>
#include <string.h>
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static volatile int n;
__attribute__((noinline)) static void work(void)
{
    pthread_mutex_lock(&lock);
    n++;
    pthread_mutex_unlock(&lock);
}
static inline __attribute__((always_inline)) void inlined(int i)
{
    if (i % 2)
        work(); /* INLINED */
    n++;
}
__attribute__((noinline)) static void outer(int count)
{
    for (int i = 0; i < count; i++)
        inlined(i); /* OUTER */
}
int main(int count, char **arguments)
{
    outer(1000); /* MAIN */
    if (count > 1) { /* what is loaded */
        char line[4096];
        FILE *maps = fopen("/proc/self/maps", "r");
        while (fgets(line, sizeof line, maps) != NULL)
            fputs(line, stdout);
    }
    return arguments == NULL;
}
'''


def line(mark):
    return SOURCE[:SOURCE.index(f'/* {mark} */')].count('\n') + 1


CALLERS = [f'inlined p.c:{line("INLINED")}', f'outer p.c:{line("OUTER")}', f'main p.c:{line("MAIN")}']
FUNCTIONS = ['outer', 'main']


class Lines(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        with open(f'{self.folder}/p.c', 'w') as file:
            file.write(SOURCE)

    def run_in_folder(self, *command, **variables):
        clean = {k: v for k, v in os.environ.items() if not k.startswith(('DD_', 'MUTRAY_'))}
        done = subprocess.run(command, cwd=self.folder, env={**clean, **variables}, capture_output=True, text=True, timeout=100)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return done

    def build(self, *flags, compiler='gcc'):
        self.run_in_folder(f'{BINARIES}/mutray-cc', compiler, '-O1', '-fno-omit-frame-pointer', '-pthread', *flags,
                           'p.c', '-o', 'p')

    def profile(self, *arguments, **variables):
        """Runs ./p: what it said, and the name of its profile."""
        for old in glob.glob(f'{self.folder}/q.*'):
            os.remove(old)
        done = self.run_in_folder('./p', *arguments, DD_PROFILING_OUTPUT_PPROF='q', DD_PROFILING_CAPTURE_PCT='100', **variables)
        name, = glob.glob(f'{self.folder}/q.*.pprof')
        return done, name

    def callers(self, **variables):
        """The callers in the one stack of acquires: `function file:line` or `function`; libc's own are left out."""
        _, name = self.profile(**variables)
        raw = self.run_in_folder('go', 'tool', 'pprof', '-symbolize=none', '-raw', name).stdout
        samples, locations = re.fullmatch(r'(?s).*\nSamples:\n(.*)\nLocations\n(.*)\nMappings\n.*', raw).groups()
        stack = next(m[1].split() for m in re.finditer(r'^ +0 +500 +0 +0: ([\d ]+)', samples, re.M))
        text = {}
        for entry in re.split(r'\n(?= *\d+: 0x)', locations):
            number, lines = re.fullmatch(r'(?s) *(\d+): 0x[0-9a-f]+ ?(?:M=\d+)? ?(.*)', entry).groups()
            text[number] = [re.sub(r' s=\d+.*', '', each.strip()) for each in lines.split('\n') if each.strip()]
        found = [each for number in stack[1:] for each in text[number] if not each.startswith('__libc')]
        return [re.sub(r' :0$', '', re.sub(r' \S*/', ' ', each)) for each in found]

    def with_lines(self, **variables):
        return self.callers(MUTRAY_LINES='1', **variables)

    def test_off_tells_functions(self):
        self.build('-g')
        self.assertEqual(self.callers(), FUNCTIONS)

    def test_on_tells_lines(self):
        for flags in ['-g'], ['-gdwarf-4'], ['-gdwarf-5', '-gz'], ['-g', '-no-pie']:
            with self.subTest(flags):
                self.build(*flags)
                self.assertEqual(self.with_lines(), CALLERS)

    def test_clang(self):
        self.build('-g', compiler='clang')
        self.assertEqual(self.with_lines(), CALLERS)

    def test_split_dwarf_tells_lines(self):
        """The functions inlined are in the .dwo files, which are not read."""
        self.build('-g', '-gsplit-dwarf')
        self.assertEqual(self.with_lines(), [f'outer p.c:{line("INLINED")}', CALLERS[-1]])

    def test_viewers_show_lines(self):
        self.build('-g')
        _, name = self.profile(MUTRAY_LINES='1')
        traces = self.run_in_folder('go', 'tool', 'pprof', '-symbolize=none', '-sample_index=lock-acquire', '-lines', '-traces',
                                    name).stdout
        self.assertIn(f'p.c:{line("MAIN")}', traces)
        listed = self.run_in_folder('go', 'tool', 'pprof', '-symbolize=none', '-sample_index=lock-acquire', '-list=^(main|outer)$',
                                    './p', name).stdout
        self.assertRegex(listed, rf'\n +\. +500 +{line("MAIN")}: +outer\(1000\)')
        self.assertRegex(listed, rf'\n +\. +500 +{line("OUTER")}: +inlined\(i\)')

    def test_without_debug_information(self):
        self.build()
        self.assertEqual(self.with_lines(), FUNCTIONS)

    def split(self, debug):
        """Moves the debug information into a file."""
        os.makedirs(os.path.dirname(debug), exist_ok=True)
        self.run_in_folder('objcopy', '--only-keep-debug', 'p', debug)

    def build_id(self):
        notes = self.run_in_folder('readelf', '-n', 'p').stdout
        return re.search(r'Build ID: (\w+)', notes)[1]

    def test_stripped(self):
        self.build('-g')
        self.run_in_folder('strip', 'p')
        self.assertEqual(self.with_lines(), [])

    def test_debug_file_by_build_id(self):
        self.build('-g')
        identity = self.build_id()
        self.split(f'{self.folder}/debug/.build-id/{identity[:2]}/{identity[2:]}.debug')
        self.run_in_folder('strip', 'p')
        self.assertEqual(self.with_lines(MUTRAY_DEBUG_DIR=f'{self.folder}/debug'), CALLERS)
        self.assertEqual(self.with_lines(), [])
        self.assertEqual(self.callers(MUTRAY_DEBUG_DIR=f'{self.folder}/debug'), [])

    def test_debug_file_by_link(self):
        for place in '', '.debug/':
            self.build('-g')
            self.split(f'{self.folder}/{place}p.debug')
            self.run_in_folder('strip', 'p')
            self.run_in_folder('objcopy', f'--add-gnu-debuglink={place}p.debug', 'p')
            self.assertEqual(self.with_lines(), CALLERS)
            os.remove(f'{self.folder}/{place}p.debug')

    def test_debug_file_of_another_build(self):
        self.build('-g')
        identity = self.build_id()
        self.run_in_folder('cp', 'p', 'kept')
        self.build('-g', '-DOTHER=1', '-O2')
        self.assertNotEqual(self.build_id(), identity)
        self.split(f'{self.folder}/debug/.build-id/{identity[:2]}/{identity[2:]}.debug')
        shutil.move(f'{self.folder}/kept', f'{self.folder}/p')
        self.run_in_folder('strip', 'p')
        self.assertEqual(self.with_lines(MUTRAY_DEBUG_DIR=f'{self.folder}/debug'), [])

    def loaded(self, **variables):
        """The shared objects of mutray's, and their libraries, in the running process."""
        done, _ = self.profile('maps', **variables)
        return {re.sub(r'(-[0-9]+\.[0-9.]+)?\.so.*', '', os.path.basename(m)) for m in re.findall(r'/\S+\.so\S*', done.stdout)}

    def test_objects_come_only_when_asked_for(self):
        self.build('-g')
        linked = self.run_in_folder('ldd', './p').stdout
        self.assertEqual({name for name in re.findall(r'^\s+(\S+?)(?:\.so\S*)? ', linked, re.M)} - {'libmutray'},
                         {'linux-vdso', 'libc', '/lib64/ld-linux-x86-64'}, linked)
        plain = self.run_in_folder('./p', 'maps').stdout
        self.assertNotRegex(plain, 'libmutray-|libdw|libelf|libcurl|libz|protobuf')
        before = self.loaded()
        self.assertEqual(before, {'libmutray', 'libmutray-export', 'libc', 'ld-linux-x86-64'})
        self.assertLess({'libmutray-lines', 'libdw', 'libelf'}, self.loaded(MUTRAY_LINES='1') - before)
        self.assertNotIn('libcurl', self.loaded(MUTRAY_LINES='1'))

    def test_without_the_object(self):
        self.build('-g')
        os.mkdir(f'{self.folder}/lib')
        for path in glob.glob(f'{LIBRARIES}/libmutray*.so*'):
            if 'lines' not in path:
                shutil.copy(path, f'{self.folder}/lib', follow_symlinks=False)
        found = self.with_lines(LD_LIBRARY_PATH=f'{self.folder}/lib')
        self.assertEqual(found, FUNCTIONS)
        done, _ = self.profile(MUTRAY_LINES='1', MUTRAY_LOG='1', LD_LIBRARY_PATH=f'{self.folder}/lib')
        self.assertRegex(done.stderr, r'cannot load \S+/libmutray-lines.so: .*unset MUTRAY_LINES')
        done, _ = self.profile(MUTRAY_LINES='1', LD_LIBRARY_PATH=f'{self.folder}/lib')
        self.assertEqual(done.stderr, '')


if __name__ == '__main__':
    unittest.main()

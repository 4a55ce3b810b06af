#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""mutray as it arrives on somebody's machine: installed into a folder with a space in its name and used from a project
outside the tree in each way the README names; as a subproject; as Debian packages; removed again without a trace.

Usage: install_test.py PROJECT BUILD [unittest arguments]; BUILD is a build folder.
"""
import glob
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

for folder in 'lib', 'upload':
    sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', folder))
import capture
import pprof_raw

JOBS = os.path.join(os.path.dirname(os.path.abspath(__file__)), 'project')
MAIN, QUEUE = 'main.c:8:main_lock', 'queue.c:7:queue_lock'


class Case(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix='install test ')
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.environment = capture.clean_environment()
        self.prefix = f'{self.folder}/a prefix'

    def do(self, *command, cwd=None, expect=0, **more):
        done = subprocess.run(command, cwd=cwd or self.folder, env={**self.environment, **more}, capture_output=True,
                              text=True, timeout=600)
        self.assertEqual(done.returncode, expect, f'{command}\n{done.stdout}\n{done.stderr}')
        return done.stdout

    def install(self):
        self.do('cmake', '--install', BUILD, '--prefix', self.prefix)

    def jobs_copy(self):
        return shutil.copytree(JOBS, f'{self.folder}/jobs')

    def locks(self, program, **more):
        """Runs it with everything recorded; lock -> acquires."""
        prefix = tempfile.mkdtemp(dir=self.folder) + '/p'
        self.do(program, DD_PROFILING_OUTPUT_PPROF=prefix, DD_PROFILING_CAPTURE_PCT='100', MUTRAY_WAIT_PERIOD_US='0', **more)
        totals = pprof_raw.totals_by_lock(map(pprof_raw.read, glob.glob(f'{prefix}.*.pprof')))
        return {lock: total.acquires for lock, total in totals.items()}

    def assert_built(self, build):
        """Each program of the project has exactly the locks that were asked for."""
        self.assertEqual(self.locks(f'{build}/jobs'), {MAIN: 100, QUEUE: 101})
        self.assertEqual(self.locks(f'{build}/borrower'), {QUEUE: 101})
        self.assertEqual(self.locks(f'{build}/plain'), {})
        self.assertEqual(self.do(f'{build}/flusher'), VERSION + '\n')


class Installed(Case):
    """From a prefix with a space in it; the build tree is not looked at."""

    def setUp(self):
        super().setUp()
        self.install()

    def configure(self, *arguments, build='build', **more):
        self.do('cmake', '-G', 'Ninja', '-S', self.jobs_copy(), '-B', build, f'-DCMAKE_PREFIX_PATH={self.prefix}', *arguments, **more)
        self.do('cmake', '--build', build)
        return f'{self.folder}/{build}'

    def test_find_package(self):
        self.assert_built(self.configure())

    def test_find_package_as_needed(self):
        """Where linkers drop libraries that nothing asks for, as Ubuntu's do."""
        self.assert_built(self.configure('-DCMAKE_EXE_LINKER_FLAGS=-Wl,--as-needed'))

    def test_find_package_make_clang(self):
        self.do('cmake', '-S', self.jobs_copy(), '-B', 'build', f'-DCMAKE_PREFIX_PATH={self.prefix}', '-G', 'Unix Makefiles',
                '-DCMAKE_C_COMPILER=clang')
        self.do('cmake', '--build', 'build')
        self.assert_built(f'{self.folder}/build')

    def test_launcher_stays(self):
        """ccache before, mutray in front of it, and neither is lost."""
        log = f'{self.folder}/launched'
        launcher = f'{self.folder}/ccache'
        with open(launcher, 'w') as file:
            file.write(f'#!/bin/sh\necho "$@" >> "{log}"\nexec "$@"\n')
        os.chmod(launcher, 0o755)
        self.assert_built(self.configure(f'-DCMAKE_C_COMPILER_LAUNCHER={launcher}'))
        with open(log) as file:
            self.assertIn('main.c', file.read())

    def test_unknown_target(self):
        jobs = self.jobs_copy()
        with open(f'{jobs}/CMakeLists.txt', 'a') as file:
            file.write('mutray_instrument(nothing)\n')
        done = subprocess.run(['cmake', '-S', jobs, '-B', 'build', f'-DCMAKE_PREFIX_PATH={self.prefix}'], cwd=self.folder,
                              env=self.environment, capture_output=True, text=True)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("there is no target 'nothing'", done.stderr)

    def sources(self, *names):
        return [f'{JOBS}/{name}.c' for name in names]

    def test_plain_cc(self):
        self.do(f'{self.prefix}/bin/mutray-cc', 'gcc', '-O2', '-o', 'jobs', *self.sources('main', 'queue'), '-pthread')
        self.assertEqual(self.locks('./jobs'), {MAIN: 100, QUEUE: 101})

    def test_static(self):
        self.do(f'{self.prefix}/bin/mutray-cc', 'gcc', '-static', '-o', 'jobs', *self.sources('main', 'queue'), '-pthread')
        self.assertEqual(self.locks('./jobs'), {MAIN: 100, QUEUE: 101})

    def test_pkg_config(self):
        """The word for CC, and the flags for a program that is linked by the plain compiler."""
        asked = {'PKG_CONFIG_PATH': f'{self.prefix}/lib/pkgconfig'}
        self.assertEqual(self.do('pkg-config', '--modversion', 'mutray', **asked).strip(), VERSION)
        self.do('sh', '-ec', '''
            eval "$(pkg-config --variable=cc mutray) gcc -c \\"$1/main.c\\" \\"$1/queue.c\\""
            eval "gcc -o jobs main.o queue.o -Wl,--as-needed $(pkg-config --libs mutray) -pthread"
            eval "gcc -o flusher $(pkg-config --cflags mutray) \\"$1/flusher.c\\" $(pkg-config --libs mutray)"
            ''', 'sh', JOBS, **asked)
        library = f'{self.prefix}/lib'
        self.assertEqual(self.do('./flusher', LD_LIBRARY_PATH=library), VERSION + '\n')
        self.assertEqual(self.locks('./jobs', LD_LIBRARY_PATH=library), {MAIN: 100, QUEUE: 101})

    def test_moved(self):
        """Nothing remembers where it was installed."""
        moved = f'{self.folder}/moved'
        os.rename(self.prefix, moved)
        self.prefix = moved
        self.test_plain_cc()
        self.test_pkg_config()

    def test_tools(self):
        """Manual, completion, report, rewrite and run find their pieces."""
        mutray = f'{self.prefix}/bin/mutray'
        for program in glob.glob(f'{BUILD}/bin/mutray*'):
            self.assertTrue(os.path.exists(f'{self.prefix}/bin/{os.path.basename(program)}'), program)
        for page in glob.glob(os.path.join(PROJECT, 'docs', 'man', '*.in')):
            name = os.path.basename(page)[:-3]
            self.assertTrue(os.path.exists(f'{self.prefix}/share/man/man{name[-1]}/{name}'))
        self.assertIn('mutray-report', self.do(mutray, 'help', 'report', MANPAGER='cat', PAGER='cat'))
        for shell, path in (('bash', 'bash-completion/completions/mutray'), ('zsh', 'zsh/site-functions/_mutray'),
                            ('fish', 'fish/vendor_completions.d/mutray.fish')):
            with open(f'{self.prefix}/share/{path}') as file:
                self.assertEqual(file.read(), self.do(mutray, 'completion', shell))
        words = self.do('bash', '-c', '. "$1"; COMP_WORDS=(mutray rep); COMP_CWORD=1; _mutray; echo "${COMPREPLY[@]}"', 'bash',
                        f'{self.prefix}/share/bash-completion/completions/mutray')
        self.assertEqual(words, 'report\n')
        self.assertNotIn(BUILD, self.do(mutray, 'doctor'))
        self.do(f'{self.prefix}/bin/mutray-cc', 'gcc', '-o', 'jobs', *self.sources('main', 'queue'), '-pthread')
        self.assertIn('queue_lock', self.do('sh', '-c', '"$1" run -- ./jobs 2>&1', 'sh', mutray))

    def test_removed(self):
        """The commands of docs/uninstall.md leave nothing behind."""
        with open(os.path.join(PROJECT, 'docs', 'uninstall.md')) as file:
            commands = [line.strip() for line in file if line.startswith('    xargs')]
        self.assertEqual(len(commands), 2)
        shutil.copy(f'{BUILD}/install_manifest.txt', f'{self.folder}/install_manifest.txt')
        for command in commands:
            self.do('sh', '-ec', command.replace('build/install_manifest.txt', 'install_manifest.txt'))
        left = [file for _, _, files in os.walk(self.prefix) for file in files]
        self.assertEqual(left, [])
        for kept in 'lib/cmake/mutray', 'share/mutray', 'share/doc/mutray', 'include/mutray':
            self.assertFalse(os.path.exists(f'{self.prefix}/{kept}'), kept)


class Subproject(Case):
    def test_add_subdirectory(self):
        self.do('cmake', '-G', 'Ninja', '-S', self.jobs_copy(), '-B', 'build', f'-DMUTRAY_SOURCE={PROJECT}', '-DCMAKE_BUILD_TYPE=Release')
        self.do('cmake', '--build', 'build', '-j2')
        self.assert_built(f'{self.folder}/build')
        self.do('cmake', '--install', 'build', '--prefix', self.prefix)
        self.assertFalse(os.path.exists(f'{self.prefix}/bin/mutray'), "the user's installation is the user's")


class Packages(Case):
    """The preset `debian` twice, in folders of different names: the same bytes; then the packages, unpacked and used."""

    def build(self, name):
        tree = f'{self.folder}/{name}/mutray'
        shutil.copytree(PROJECT, tree, ignore=shutil.ignore_patterns('build*', '.git', 'tests'))
        self.do('cmake', '--preset', 'debian', cwd=tree)
        self.do('cmake', '--build', '--preset', 'debian', '-j2', cwd=tree)
        return tree

    @staticmethod
    def files(folder):
        found = {}
        for where, _, names in os.walk(folder):
            for name in names:
                path = os.path.join(where, name)
                if os.path.islink(path):
                    found[os.path.relpath(path, folder)] = os.readlink(path)
                    continue
                with open(path, 'rb') as file:
                    found[os.path.relpath(path, folder)] = file.read()
        return found

    def test_reproducible(self):
        """Unstripped, with debug information, everything that is installed."""
        trees = self.build('one'), self.build('another-of-other-length')
        installed = []
        for number, tree in enumerate(trees):
            prefix = f'{self.folder}/prefix{number}'
            self.do('cmake', '--install', 'build-debian', '--prefix', prefix, cwd=tree)
            installed.append(self.files(prefix))
        self.assertGreater(len(installed[0]), 30)
        self.assertEqual(installed[0].keys(), installed[1].keys())
        self.assertEqual([path for path in installed[0] if installed[0][path] != installed[1][path]], [])
        self.packages(trees[0])

    def packages(self, tree):
        with open(os.path.join(PROJECT, 'README.md')) as file:
            command, = [line.strip() for line in file if 'cpack' in line]
        self.do('sh', '-ec', command, cwd=tree)
        tool, = glob.glob(f'{tree}/mutray_*.deb')
        runtime, = glob.glob(f'{tree}/libmutray_*.deb')
        self.assertIn(f'libmutray (= {VERSION})', self.do('dpkg-deb', '-f', tool, 'Depends'))
        self.assertRegex(self.do('dpkg-deb', '-f', tool, 'Depends'), 'libclang1-')
        self.assertRegex(self.do('dpkg-deb', '-f', runtime, 'Depends'), 'libc6.*libcurl|libcurl.*libc6')
        self.assertNotRegex(self.do('dpkg-deb', '-f', runtime, 'Depends'), 'clang|libdw')
        lines, = glob.glob(f'{tree}/libmutray-lines_*.deb')
        self.assertEqual(self.do('dpkg-deb', '-f', runtime, 'Recommends').strip(), 'libmutray-lines')
        self.assertRegex(self.do('dpkg-deb', '-f', lines, 'Depends'), r'libmutray \(= .*libdw1|libdw1.*libmutray \(= ')
        self.assertIn('/libmutray-lines.so', self.do('dpkg-deb', '-c', lines))
        root = f'{self.folder}/root'
        self.do('dpkg-deb', '-x', runtime, root)
        libraries = {os.path.basename(path) for path in self.files(root) if '.so' in path}
        self.assertEqual(libraries, {'libmutray.so.0', f'libmutray.so.{VERSION}', 'libmutray-export.so', 'libmutray-upload.so'})
        self.assertFalse(os.path.exists(f'{root}/usr/bin'))
        mine = self.files(root)
        self.do('dpkg-deb', '-x', tool, f'{self.folder}/tool')
        self.assertEqual(mine.keys() & self.files(f'{self.folder}/tool').keys(), set(), 'a file is in one package only')
        self.do('dpkg-deb', '-x', tool, root)
        self.do(f'{root}/usr/bin/mutray-cc', 'gcc', '-o', 'jobs', f'{JOBS}/main.c', f'{JOBS}/queue.c', '-pthread')
        self.assertEqual(self.locks('./jobs'), {MAIN: 100, QUEUE: 101})
        self.assertIn('DESCRIPTION', self.do(f'{root}/usr/bin/mutray', 'help', 'report', MANPAGER='cat', PAGER='cat'))
        self.assertEqual(self.do('dpkg-deb', '-I', runtime, 'shlibs'), f'libmutray 0 libmutray (>= {VERSION})\n')
        self.look_for_faults(tool, runtime, lines)
        self.come_and_go(tool, runtime, lines)

    def look_for_faults(self, *packages):
        """What Debian's own checker calls an error; the address is for whoever gives the packages to others to say."""
        if shutil.which('lintian') is None:
            print('not checked: lintian is not installed')
            return
        done = subprocess.run(['lintian', '--suppress-tags', 'bogus-mail-host,bogus-mail-host-in-debian-changelog', *packages],
                              cwd=self.folder, capture_output=True, text=True, timeout=300)
        self.assertEqual([line for line in done.stdout.splitlines() if line.startswith('E:')], [], done.stderr)

    def come_and_go(self, *packages):
        """By dpkg, into a system of its own: installed, installed over itself, removed, purged, and nothing is left."""
        if os.geteuid() != 0:
            print('not installed by dpkg: only root may give files to root')
            return
        system, tools = f'{self.folder}/system', f'{self.folder}/tools'
        for folder in 'info', 'updates', 'triggers':
            os.makedirs(f'{system}/var/lib/dpkg/{folder}')
        for name in 'status', 'available':
            open(f'{system}/var/lib/dpkg/{name}', 'w').close()
        os.mkdir(tools)
        with open(f'{tools}/ldconfig', 'w') as file:  # that of the system it runs on is left alone
            file.write('#!/bin/sh\n')
        os.chmod(f'{tools}/ldconfig', 0o755)
        path = f'{tools}:{os.environ["PATH"]}:/usr/sbin:/sbin'
        dpkg = ['dpkg', f'--root={system}', '--force-depends', '--force-script-chrootless', '--force-not-root']
        names = [os.path.basename(package).split('_')[0] for package in packages]
        for _ in range(2):
            self.do(*dpkg, '-i', *packages, PATH=path)
            self.assertTrue(os.path.exists(f'{system}/usr/bin/mutray'))
        self.do(*dpkg, '-r', *names, PATH=path)
        self.do(*dpkg, '-P', *names, PATH=path)
        left = [name for where, _, files in os.walk(system) for name in files if '/var/lib/dpkg' not in where]
        self.assertEqual(left, [])


if __name__ == '__main__':
    PROJECT, BUILD = sys.argv[1:3]
    with open(os.path.join(PROJECT, 'CMakeLists.txt')) as file:
        VERSION = re.search(r'project\(mutray VERSION (\S+)', file.read())[1]
    unittest.main(argv=sys.argv[:1] + sys.argv[3:], verbosity=2)

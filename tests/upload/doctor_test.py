#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`mutray doctor`: what it finds in working and broken installations, configurations and receivers, and its verdict.

Usage: doctor_test.py MUTRAY [unittest arguments].
"""
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / 'lib'))
import pprof_raw  # noqa: E402
from capture import CaptureServer, clean_environment, event, free_port, parts  # noqa: E402

MUTRAY = os.path.abspath(sys.argv.pop(1))
OPTIONS = pathlib.Path(__file__).resolve().parents[2] / 'runtime/export/options.def'
KEY = '0123456789abcdef0123456789abcdef'
WORKS, COLLECTOR, PIPELINE = 0, 1, 2
AGENT = {'version': '7.50.0', 'endpoints': ['/v0.4/traces', '/profiling/v1/input']}
LOCKS = {'mutray_doctor.c:5:first_lock', 'mutray_doctor.c:9:second_lock'}


class Doctor(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        os.mkdir(self.folder + '/tmp')

    def run_it(self, *words, program=MUTRAY, **environment):
        environment = clean_environment(**{'TMPDIR': self.folder + '/tmp', **environment})
        done = subprocess.run([program, 'doctor', *words], env=environment, capture_output=True, text=True, timeout=120)
        self.assertEqual(os.listdir(self.folder + '/tmp'), [], 'files are left')
        return done

    def examine(self, status, *words, **environment):
        """The JSON, with the parts as dictionaries by name."""
        done = self.run_it('--json', *words, **environment)
        self.assertEqual((done.returncode, done.stderr), (status, ''), done.stdout)
        found = json.loads(done.stdout)
        self.assertEqual(found['diagnosis'], ['works', 'collector', 'pipeline'][status])
        return {part: {finding['name']: finding for finding in value} if isinstance(value, list) else value
                for part, value in found.items()}

    def bad(self, found):
        return {name for part in found.values() if isinstance(part, dict)
                for name, finding in part.items() if finding['state'] == 'bad'}


class Destinations(Doctor):
    def test_none(self):
        found = self.examine(WORKS)
        self.assertEqual((found['names_locally'], self.bad(found)), (True, set()))
        self.assertNotIn('names_sent', found)
        self.assertLess(LOCKS, set(found['self_test']))

    def test_agent(self):
        with CaptureServer(info=AGENT) as server:
            found = self.examine(WORKS, DD_TRACE_AGENT_URL=server.url)
            info, upload = server.requests
        self.assertEqual((info.method, info.path), ('GET', '/info'))
        self.assertEqual((found['names_locally'], found['names_sent'], self.bad(found)), (True, True, set()))
        self.assertIn('of version 7.50.0', found['destination']['receiver']['text'])
        self.assertIn('service:mutray-doctor', event(upload)['tags_profiler'])
        path = self.folder + '/received.pprof'
        pathlib.Path(path).write_bytes(parts(upload)['profile.pprof'].body)
        self.assertEqual({sample.labels['lock name'] for sample in pprof_raw.read(path).samples}, LOCKS)

    def test_agent_by_socket_and_by_host(self):
        with CaptureServer(info=AGENT, unix=self.folder + '/apm.socket') as server:
            self.assertTrue(self.examine(WORKS, DD_TRACE_AGENT_URL=server.url)['names_sent'])
        with CaptureServer(info=AGENT) as server:
            self.assertTrue(self.examine(WORKS, DD_AGENT_HOST='127.0.0.1', DD_AGENT_PORT=str(server.port))['names_sent'])

    def test_agent_that_takes_no_profiles(self):
        for answer in 404, 200:
            with CaptureServer([answer], info={'version': '6.0', 'endpoints': ['/v0.4/traces']}) as server:
                found = self.examine(PIPELINE, DD_TRACE_AGENT_URL=server.url)
            self.assertIn('does not list /profiling/v1/input', found['destination']['receiver']['text'])
            self.assertEqual(found['names_locally'], True)
            self.assertEqual(found['names_sent'], answer == 200)

    def test_agent_without_info(self):
        """Those before 7.28: what counts is whether they take the profile."""
        for answer, status in (200, WORKS), (404, PIPELINE):
            with CaptureServer([answer], info=404) as server:
                found = self.examine(status, DD_TRACE_AGENT_URL=server.url)
            self.assertEqual(found['destination']['receiver']['state'], 'note')

    def test_something_else(self):
        for info in [], {'endpoints': 'all'}, 500:
            with CaptureServer(info=info) as server:
                found = self.examine(PIPELINE, DD_TRACE_AGENT_URL=server.url)
            self.assertEqual(self.bad(found), {'receiver'})

    def test_refused(self):
        for answer, words in (403, 'access was refused'), (413, 'too large'), (503, 'in trouble'):
            with CaptureServer([answer], info=AGENT) as server:
                found = self.examine(PIPELINE, DD_TRACE_AGENT_URL=server.url)
            self.assertEqual((found['names_locally'], found['names_sent'], self.bad(found)), (True, False, {'upload'}))
            self.assertIn(words, found['self_test']['upload']['text'])

    def test_nobody_there(self):
        found = self.examine(PIPELINE, DD_AGENT_HOST='127.0.0.1', DD_TRACE_AGENT_PORT=str(free_port()))
        self.assertEqual((found['names_locally'], self.bad(found)), (True, {'receiver', 'upload'}))
        self.assertIn('cannot reach http://127.0.0.1:', found['destination']['receiver']['text'])
        self.assertIn('cannot send to', found['self_test']['upload']['text'])

    def test_pyroscope_and_parca(self):
        for tool in 'pyroscope', 'parca':
            with CaptureServer() as server:
                self.assertTrue(self.examine(WORKS, MUTRAY_PUSH_URL=f'{tool}+{server.url}')['names_sent'])
            found = self.examine(PIPELINE, MUTRAY_PUSH_URL=f'{tool}+http://127.0.0.1:{free_port()}')
            self.assertEqual(self.bad(found), {'receiver', 'upload'})

    def test_key_of_the_wrong_form(self):
        found = self.examine(PIPELINE, DD_API_KEY='tooshort', DD_SITE=f'localhost:{free_port()}')
        self.assertIn('32 hexadecimal digits', found['destination']['receiver']['text'])

    def test_nothing_secret_is_shown(self):
        site = f'localhost:{free_port()}'
        for words in (), ('--json',):
            done = self.run_it(*words, DD_API_KEY=KEY, DD_SITE=site)
            self.assertEqual(done.returncode, PIPELINE)
            self.assertIn('(32 characters)', done.stdout)
            self.assertNotIn(KEY, done.stdout + done.stderr)
            with CaptureServer(info=403) as server:
                url = server.url.replace('://', '://user:sesame@')
                done = self.run_it(*words, DD_TRACE_AGENT_URL=url)
                self.assertIn('http://***@127', done.stdout)
                self.assertNotIn('sesame', done.stdout + done.stderr)


class Configuration(Doctor):
    def test_every_variable_is_there(self):
        names = re.findall(r'^MUTRAY_OPTION\(\w+, (\w+),', OPTIONS.read_text(), re.M)
        self.assertGreater(len(names), 25)
        self.assertLess(set(names), set(self.examine(WORKS)['configuration']))

    def test_effective_values(self):
        found = self.examine(WORKS, DD_PROFILING_MAX_FRAMES='12', DD_PROFILING_LOCK_ENABLED='yes', DD_TAGS='a:1')
        values = found['configuration']
        self.assertEqual([values[name]['text'] for name in ('DD_PROFILING_MAX_FRAMES', 'DD_PROFILING_LOCK_ENABLED',
                                                            'DD_TAGS', 'DD_PROFILING_CAPTURE_PCT')],
                         ['12', 'true', 'a:1', '1'])
        self.assertEqual(values['DD_TAGS']['state'], 'good')
        self.assertEqual(values['DD_PROFILING_CAPTURE_PCT']['state'], 'default')

    def test_bad_values(self):
        for variable, value, used in (('DD_PROFILING_CAPTURE_PCT', 'lots', '1 is used'),
                                      ('DD_PROFILING_MAX_FRAMES', '1000', '599 is used'),
                                      ('MUTRAY_UPSCALE', 'maybe', 'true is used')):
            found = self.examine(COLLECTOR, **{variable: value})
            self.assertEqual((found['names_locally'], self.bad(found)), (True, {variable}))
            self.assertIn(used, found['configuration'][variable]['text'])

    def test_spool_without_a_place(self):
        found = self.examine(COLLECTOR, MUTRAY_SPOOL='1')
        self.assertEqual(self.bad(found), {'spool'})
        found = self.examine(WORKS, MUTRAY_SPOOL='1', DD_PROFILING_OUTPUT_PPROF='/tmp/p')
        self.assertEqual(self.bad(found), set())

    def test_misspelt_names(self):
        for name, meant in (('DD_PROFILLING_ENABLED', 'DD_PROFILING_ENABLED'), ('dd_profiling_enabled', 'DD_PROFILING_ENABLED'),
                            ('DD_PROFILING_CAPTURE_PERCENT', None), ('DD_PROFILING_OUTPUT_PROF', 'DD_PROFILING_OUTPUT_PPROF'),
                            ('DD_TRACE_AGENT_HOST', 'DD_TRACE_AGENT_HOSTNAME'), ('DDPROFILING_ENABLED', 'DD_PROFILING_ENABLED'),
                            ('DD_TAG', 'DD_TAGS'), ('MUTRAY_LOGS', 'MUTRAY_LOG'), ('MUTRY_LOG', 'MUTRAY_LOG'), ('MUTRAY_FOO', None)):
            found = self.examine(COLLECTOR if meant else WORKS, **{name: '1'})
            self.assertEqual(self.bad(found), {name} if meant else set())
            if meant:
                self.assertIn(f'did you mean {meant}?', found['configuration'][name]['text'])
            else:
                self.assertEqual(found['configuration'][name]['state'], 'note')

    def test_variables_of_others_are_left_alone(self):
        found = self.examine(WORKS, DD_TRACE_ENABLED='1', DD_LOGS_INJECTION='1', DD_APM_ENABLED='1', DD_DOGSTATSD_PORT='8125',
                             DD_TRACE_SAMPLE_RATE='1', DD_PROFILING_HEAP_ENABLED='1', MUTRAY_CC_LOG='/dev/null')
        self.assertEqual(self.bad(found), set())
        noted = {name for name, finding in found['configuration'].items() if finding['state'] == 'note'}
        self.assertEqual(noted - {'profiling'}, {'DD_PROFILING_HEAP_ENABLED'})

    def test_destination_that_is_none(self):
        for variable, value in (('DD_TRACE_AGENT_URL', 'ftp://x'), ('DD_TRACE_AGENT_PORT', '70000'),
                                ('MUTRAY_PUSH_URL', 'http://x')):
            found = self.examine(PIPELINE, **{variable: value})
            self.assertEqual(self.bad(found), {'destination'})
            self.assertIn(variable, found['configuration']['destination']['text'])

    def test_whether_profiling_is_on(self):
        for variables, words in (({}, 'off here;'), ({'MUTRAY_DISABLE': '1'}, 'by MUTRAY_DISABLE'),
                                 ({'DD_PROFILING_LOCK_ENABLED': '0'}, 'by DD_PROFILING_LOCK_ENABLED'),
                                 ({'DD_PROFILING_OUTPUT_PPROF': self.folder + '/p'}, 'on, ')):
            self.assertIn(words, self.examine(WORKS, **variables)['configuration']['profiling']['text'])
        self.assertEqual(sorted(os.listdir(self.folder)), ['tmp'])


class Installation(Doctor):
    """A copy of mutray in which something is wrong."""

    def setUp(self):
        super().setUp()
        here = pathlib.Path(MUTRAY).resolve().parent
        os.makedirs(self.folder + '/place/bin')
        os.makedirs(self.folder + '/place/lib')
        for name in 'mutray', 'mutray-stage', 'mutray-edit', 'mutray-rewrite', 'mutray-send':
            shutil.copy(here / name, self.folder + '/place/bin')
        for path in (here.parent / 'lib').glob('libmutray*.so*'):
            shutil.copy(path, self.folder + '/place/lib', follow_symlinks=False)
        self.copy = self.folder + '/place/bin/mutray'

    def piece(self, name):
        folder = 'lib' if name.startswith('lib') else 'bin'
        return pathlib.Path(self.folder, 'place', folder, name)

    def test_whole(self):
        self.assertEqual(self.bad(self.examine(WORKS, program=self.copy)), set())

    def test_missing(self):
        for name in 'mutray-edit', 'mutray-stage', 'libmutray-export.so', 'libmutray.so':
            os.rename(self.piece(name), self.folder + '/away')
            found = self.examine(COLLECTOR, program=self.copy)
            self.assertIn('not there', found['installation'][name]['text'])
            self.assertIn(name, self.bad(found))
            os.rename(self.folder + '/away', self.piece(name))

    def test_missing_and_not_needed(self):
        os.remove(self.piece('mutray-rewrite'))
        found = self.examine(WORKS, program=self.copy)
        self.assertEqual(found['installation']['mutray-rewrite']['state'], 'note')

    def test_uploader_is_missing(self):
        os.remove(self.piece('libmutray-upload.so'))
        self.examine(WORKS, program=self.copy)
        with CaptureServer(info=AGENT) as server:
            found = self.examine(PIPELINE, program=self.copy, DD_TRACE_AGENT_URL=server.url)
            self.assertEqual((found['names_locally'], found['names_sent']), (True, False))
            self.assertIn('cannot load', found['self_test']['upload']['text'])

    def test_lines_when_asked_for(self):
        library = self.piece('libmutray-lines.so')
        self.assertNotIn(library.name, self.examine(WORKS, program=self.copy)['installation'])
        found = self.examine(WORKS, program=self.copy, MUTRAY_LINES='1')['installation'][library.name]
        self.assertEqual((found['state'], found['text']), ('good', str(library)))
        library.write_bytes(library.read_bytes().replace(b'libdw.so.1\0', b'libXX.so.1\0'))
        found = self.examine(WORKS, program=self.copy, MUTRAY_LINES='1')['installation'][library.name]
        self.assertEqual(found['state'], 'note')
        self.assertRegex(found['text'], 'cannot be loaded, so callers have no file and line: libXX.so.1: .*install what it needs')
        library.unlink()
        found = self.examine(WORKS, program=self.copy, MUTRAY_LINES='1')['installation'][library.name]
        self.assertIn('not there, so callers have no file and line', found['text'])

    def test_another_version(self):
        path = self.piece('libmutray-export.so').resolve()
        version = subprocess.run([MUTRAY, '--version'], capture_output=True, text=True).stdout.split()[1].encode()
        subprocess.run(['objcopy', '--update-section', '.mutray.version=/dev/stdin', path], input=b'0.0.9\0', check=True)
        found = self.examine(COLLECTOR, program=self.copy)
        self.assertIn(f'is of version 0.0.9, this is {version.decode()}', found['installation']['libmutray-export.so']['text'])

    def test_no_compiler(self):
        found = self.examine(COLLECTOR, PATH=self.folder)
        self.assertEqual(self.bad(found), {'compiler'})
        found = self.examine(COLLECTOR, '--cc', 'nosuchcc')
        self.assertIn('nosuchcc is not in PATH', found['installation']['compiler']['text'])

    def test_compiler_that_fails(self):
        found = self.examine(COLLECTOR, '--cc', 'false')
        self.assertEqual(self.bad(found), {'compile'})


class Text(Doctor):
    def test_verdicts(self):
        for variables, status in (({}, WORKS), ({'DD_PROFILING_CAPTURE_PCT': 'x'}, COLLECTOR),
                                  ({'DD_AGENT_PORT': str(free_port())}, PIPELINE)):
            done = self.run_it(**variables)
            self.assertEqual((done.returncode, done.stderr), (status, ''))
            [chosen] = [line for line in done.stdout.splitlines() if line.startswith('>')]
            self.assertIn(['everything works', 'collector', 'pipeline'][status], chosen)
            self.assertEqual(bool(re.search(r'^  ! ', done.stdout, re.M)), status != WORKS)
            self.assertRegex(done.stdout, r'\nNext step: [^\n]+\.\n$')

    def test_clang(self):
        if shutil.which('clang') is None:
            self.skipTest('no clang')
        self.assertEqual(self.bad(self.examine(WORKS, '--cc', 'clang')), set())

    def test_bad_use(self):
        for words in ('file',), ('--nosuch',):
            done = self.run_it(*words)
            self.assertEqual((done.returncode, done.stdout), (2, ''))
            self.assertEqual(done.stderr.count('\n'), 1)

    def test_folder_that_cannot_be_written(self):
        done = self.run_it(TMPDIR=self.folder + '/nosuch')
        self.assertEqual(done.returncode, COLLECTOR)
        self.assertIn('set TMPDIR', done.stdout)


if __name__ == '__main__':
    unittest.main()

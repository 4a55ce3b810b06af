#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`mutray push`: files arrive as the program would have sent them, and what goes wrong is said in one line.

Usage: push_test.py MUTRAY GUEST [unittest arguments]. The guest is tests/export/guest.c on a fake recorder.
"""
import base64
import glob
import gzip
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / 'lib'))
import pprof_raw  # noqa: E402
from capture import CaptureServer, clean_environment, event, free_port, parts  # noqa: E402

MUTRAY, GUEST = os.path.abspath(sys.argv.pop(1)), os.path.abspath(sys.argv.pop(1))
FOREIGN = pathlib.Path(__file__).resolve().parent.parent / 'fuzz/corpus/read'
KEY = '0123456789abcdef0123456789abcdef'
LIMIT = 60


class Push(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def record(self, *words, name='p', **environment):
        """Profiles of one process, in the order in which it wrote them."""
        prefix = f'{self.folder}/{name}'
        subprocess.run([GUEST, *words], env=clean_environment(DD_PROFILING_OUTPUT_PPROF=prefix, **environment),
                       check=True, timeout=LIMIT, stdout=subprocess.DEVNULL)
        return sorted(glob.glob(prefix + '.*.pprof'), key=lambda path: int(path.split('.')[-2]))

    def push(self, *words, **environment):
        return subprocess.run([MUTRAY, 'push', *words], env=clean_environment(**environment), capture_output=True,
                              text=True, timeout=LIMIT)

    def accepted(self, *words, **environment):
        done = self.push(*words, **environment)
        self.assertEqual((done.returncode, done.stderr), (0, ''), done)
        return done.stdout

    def refused(self, status, pattern, *words, **environment):
        done = self.push(*words, **environment)
        self.assertEqual(done.returncode, status, done)
        self.assertRegex(done.stderr, rf'^mutray: push: [^\n]*{pattern}[^\n]*\n$')
        return done

    def tags(self, request):
        return dict(tag.split(':', 1) for tag in event(request)['tags_profiler'].split(','))


class WhatIsSent(Push):
    def test_the_file_as_it_is(self):
        [path] = self.record('event', DD_PROFILING_CAPTURE_PCT='25')
        with CaptureServer([202]) as server:
            said = self.accepted('--to', 'datadog', '--url', server.url, path)
            [request] = server.requests
        self.assertEqual(said, f'1 of 1 profile accepted by {server.url}\n')
        self.assertEqual(parts(request)['profile.pprof'].body, pathlib.Path(path).read_bytes())
        self.assertEqual((request.method, request.path), ('POST', '/profiling/v1/input'))
        for absent in 'dd-api-key', 'datadog-container-id', 'datadog-entity-id':
            self.assertNotIn(absent, request.headers)

    def test_what_is_told_is_what_the_profile_tells(self):
        [path] = self.record('event', DD_PROFILING_CAPTURE_PCT='25')
        comments = pprof_raw.read(path).comments
        with CaptureServer() as server:
            self.accepted('--to', 'datadog', '--url', server.url, path, DD_ENV='ci', DD_TAGS='team:locks')
            [request] = server.requests
        tags, sent = self.tags(request), event(request)
        self.assertLess({'service': 'export_guest', 'env': 'ci', 'team': 'locks', 'process_id': comments['mutray.pid'],
                         'profiler_config': 'lock_CAP25.0', 'profiler_version': comments['mutray.version'],
                         'profile_seq': '0'}.items(), tags.items())
        self.assertTrue({'runtime_os', 'runtime_arch', 'runtime_platform', 'host'}.isdisjoint(tags))
        self.assertEqual(set(sent['info']), {'application', 'profiler', 'runtime'})
        self.assertNotIn('start_time', sent['info']['application'])
        self.assertEqual(set(sent['info']['profiler']['settings']),
                         {'lock.enabled', 'capture_pct', 'upscale', 'wait_period_us'})
        self.assertEqual(sent['info']['profiler']['settings']['capture_pct'], 25.0)
        self.assertEqual(sent['process_tags'],
                         'entrypoint.name:export_guest,entrypoint.type:executable,svc.auto:export_guest')
        self.assertEqual(sent['internal']['sample_count'], 1)
        self.assertTrue(sent['internal']['sent_by'].startswith('mutray push'))
        self.assertNotIn('profiles_dropped', sent['internal'])

    def test_times_are_those_of_the_profile(self):
        """The runtime uploads a profile, and writes it to a file: pushed, the file has the same start and end."""
        with CaptureServer() as server:
            [path] = self.record('event', DD_PROFILING_ENABLED='1', DD_TRACE_AGENT_URL=server.url)
            self.accepted('--to', 'datadog', '--url', server.url, path)
            own, pushed = server.requests
        self.assertEqual([event(own)[key] for key in ('start', 'end', 'family', 'version', 'attachments')],
                         [event(pushed)[key] for key in ('start', 'end', 'family', 'version', 'attachments')])
        self.assertEqual(parts(own)['profile.pprof'].body, parts(pushed)['profile.pprof'].body)
        self.assertNotEqual(self.tags(own)['runtime-id'], self.tags(pushed)['runtime-id'])

    def test_processes_in_order(self):
        one = self.record('event', 'flush', 'flush', 'event', name='one')
        other = self.record('event', name='other')
        with CaptureServer() as server:
            self.accepted('--to', 'datadog', '--url', server.url, one[2], *other, one[0], one[1])
            requests = server.requests
        runs = {}
        for request in requests:
            runs.setdefault(self.tags(request)['runtime-id'], []).append(request)
        self.assertEqual(sorted(len(run) for run in runs.values()), [1, 3])
        for run in runs.values():
            self.assertEqual([self.tags(r)['profile_seq'] for r in run], [str(i) for i in range(len(run))])
            for before, after in zip(run, run[1:]):
                self.assertEqual(event(before)['end'], event(after)['start'])

    def test_unpacked_file_and_standard_input(self):
        [path] = self.record('event')
        plain = gzip.decompress(pathlib.Path(path).read_bytes())
        with CaptureServer() as server:
            for word, given in ((self.folder + '/plain', None), ('-', plain)):
                pathlib.Path(self.folder, 'plain').write_bytes(plain)
                subprocess.run([MUTRAY, 'push', '--to', 'datadog', '--url', server.url, word], input=given, check=True,
                               env=clean_environment(), stdout=subprocess.DEVNULL, timeout=LIMIT)
            for request in server.requests:
                self.assertEqual(gzip.decompress(parts(request)['profile.pprof'].body), plain)
            self.assertEqual(len(server.requests), 2)

    def test_pyroscope_and_parca(self):
        [path] = self.record('event')
        for tool, target in ('pyroscope', '/push.v1.PusherService/Push'), ('parca', '/api/profiles/writeraw'):
            with CaptureServer() as server:
                self.accepted('--to', tool, '--url', server.url, path)
                self.accepted('--to', tool, '--url', f'{tool}+{server.url}', path)
                self.accepted('--to', tool, path, MUTRAY_PUSH_URL=f'{tool}+{server.url}')
                self.accepted(path, MUTRAY_PUSH_URL=f'{tool}+{server.url}')
                self.assertEqual([r.path for r in server.requests], [target] * 4)
                [series] = json.loads(server.requests[0].body)['series']
                [sample] = series['samples']
            raw = base64.b64decode(sample['rawProfile'])
            self.assertEqual(raw[:2], b'\x1f\x8b')

    def test_environment_says_where(self):
        [path] = self.record('event')
        with CaptureServer() as server:
            self.accepted(path, DD_TRACE_AGENT_URL=server.url)
            self.accepted(path, DD_AGENT_HOST='127.0.0.1', DD_TRACE_AGENT_PORT=str(server.port))
            self.accepted('--to', 'datadog', path, DD_TRACE_AGENT_URL=server.url, MUTRAY_PUSH_URL='parca+http://x')
            self.accepted('--to', 'datadog', '--url', server.url, path, DD_API_KEY=KEY)
            self.assertEqual(len(server.requests), 4)
        with CaptureServer(unix=self.folder + '/apm.socket') as server:
            self.accepted('--to', 'datadog', '--url', server.url, path)
            self.assertEqual(len(server.requests), 1)


class WhatGoesWrong(Push):
    def test_answers(self):
        [path] = self.record('event')
        for answer, words in ((400, 'not understood'), (403, 'refused'), (404, '7.20'), (413, 'too large'),
                              (429, 'too many'), (503, 'trouble'), ('close', 'cannot send'), ('garbage', 'cannot send')):
            with CaptureServer([answer]) as server:
                done = self.refused(1, f'{re.escape(path)}: .*{words}', '--to', 'datadog', '--url', server.url, path)
                self.assertEqual(len(server.requests), 1)
                self.assertTrue(done.stdout.startswith('0 of 1 profile accepted'))

    def test_one_of_three_refused(self):
        paths = self.record('event', 'flush', 'flush')
        with CaptureServer([200, 403, 200]) as server:
            done = self.refused(1, 'refused', '--to', 'datadog', '--url', server.url, *paths)
            self.assertTrue(done.stdout.startswith('2 of 3 profiles accepted'))
            self.assertEqual(len(server.requests), 3)

    def test_nobody_there_is_tried_once(self):
        paths = self.record('event', 'flush', 'flush')
        url = f'http://127.0.0.1:{free_port()}'
        self.refused(1, f'cannot send to {url}', '--to', 'datadog', '--url', url, *paths)
        self.refused(1, 'cannot send to unix:///nonexistent', '--to', 'datadog', '--url', 'unix:///nonexistent/s', *paths)

    def test_no_answer_in_time(self):
        [path] = self.record('event')
        with CaptureServer(['slow']) as server:
            self.refused(1, 'cannot send', '--to', 'datadog', '--url', server.url, path, DD_PROFILING_API_TIMEOUT_MS='300')

    def test_bad_use(self):
        [path] = self.record('event')
        self.refused(2, 'no destination', path)
        self.refused(2, 'no destination', path, DD_PROFILING_ENABLED='1')
        self.refused(2, 'give the profiles', '--to', 'datadog')
        self.refused(2, 'not .splunk.', '--to', 'splunk', path)
        self.refused(2, 'goes with --to', '--url', 'http://x', path)
        self.refused(2, '--url http://HOST:4040', '--to', 'pyroscope', path)
        self.refused(2, '--url http://HOST:7070', '--to', 'parca', path, MUTRAY_PUSH_URL='pyroscope+http://x')
        for url in 'ftp://x', 'http://', 'unix://relative', 'http://a b':
            self.refused(2, '--url must be', '--to', 'datadog', '--url', url, path)
        self.refused(2, 'DD_TRACE_AGENT_PORT', '--to', 'datadog', path, DD_TRACE_AGENT_PORT='70000')

    def test_bad_files_and_nothing_is_sent(self):
        [path] = self.record('event')
        other = pathlib.Path(self.folder, 'other')
        with CaptureServer() as server:
            send = '--to', 'datadog', '--url', server.url, path, str(other)
            self.refused(2, 'No such file', *send)
            for content, words in ((b'', 'not a pprof'), (b'hello', 'not a pprof'), (b'\x1f\x8b\x08', 'not a pprof'),
                                   (pathlib.Path(path).read_bytes()[:-40], 'not a pprof')):
                other.write_bytes(content)
                self.refused(2, words, *send)
            self.refused(2, 'cannot be read', '--to', 'datadog', '--url', server.url, path, '/')
            self.assertEqual(server.requests, [])

    def test_profile_of_another_profiler(self):
        with CaptureServer() as server:
            for name, words in ('python.pprof', 'not written by mutray'), ('cpu.pprof', 'not of locks'):
                self.refused(2, words, '--to', 'datadog', '--url', server.url, str(FOREIGN / name))
            self.assertEqual(server.requests, [])

    def test_key_is_never_shown(self):
        [path] = self.record('event')
        done = self.refused(1, 'cannot send to https://intake.profile.localhost', path, DD_API_KEY=KEY,
                            DD_SITE=f'localhost:{free_port()}')
        self.assertNotIn(KEY, done.stdout + done.stderr)
        with CaptureServer([401]) as server:
            done = self.refused(1, '401', '--to', 'pyroscope', '--url', server.url.replace('://', '://u:secret@'), path)
            self.assertNotIn('secret', done.stdout + done.stderr)

    def test_mutray_itself_has_no_libcurl(self):
        needed = subprocess.run(['readelf', '-d', MUTRAY], capture_output=True, text=True, check=True).stdout
        self.assertIn('NEEDED', needed)
        self.assertNotIn('curl', needed)


if __name__ == '__main__':
    unittest.main()

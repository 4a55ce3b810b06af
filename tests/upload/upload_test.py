#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Uploading, seen from the receiver: what is sent, what is sent again, what is lost and counted.

Usage: upload_test.py GUEST [unittest arguments]. The guest is tests/export/guest.c on a fake recorder.
"""
import base64
import json
import os
import pathlib
import re
import socket
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / 'lib'))
import pprof_raw  # noqa: E402
from capture import CaptureServer, clean_environment, event, free_port, parts, server_context  # noqa: E402

GUEST = os.path.abspath(sys.argv.pop(1))
HANG = 60  # seconds; nothing here takes five
KEY = '0123456789abcdef0123456789abcdef'


class UploadTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def guest(self, *words, server=None, **environment):
        if server:
            environment['DD_TRACE_AGENT_URL'] = server.url
        environment.setdefault('DD_PROFILING_ENABLED', 'true')
        done = subprocess.run([GUEST, *words], env=clean_environment(**environment), capture_output=True, text=True,
                              timeout=HANG)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return done

    def quiet(self, *words, **more):
        self.assertEqual(self.guest(*words, **more).stderr, '')

    def tags(self, request):
        text = event(request)['tags_profiler']
        self.assertNotRegex(text, r',,|,$|^,|:,|:$')
        pairs = [tag.split(':', 1) for tag in text.split(',')]
        self.assertEqual(len(pairs), len(dict(pairs)))
        return dict(pairs)

    def profile(self, request):
        path = os.path.join(self.folder, 'received.pprof')
        with open(path, 'wb') as file:
            file.write(parts(request)['profile.pprof'].body)
        return pprof_raw.read(path)


class WhatIsSent(UploadTest):
    def send(self, *words, answers=(200,), **environment):
        with CaptureServer(answers) as server:
            self.quiet(*(words or ('event',)), server=server, **environment)
            return server.requests

    def test_request(self):
        [request] = self.send()
        self.assertEqual((request.method, request.path), ('POST', '/profiling/v1/input'))
        self.assertEqual(request.headers['dd-evp-origin'], 'mutray')
        self.assertRegex(request.headers['dd-evp-origin-version'], r'^\d+\.\d+\.\d+$')
        self.assertRegex(request.headers['user-agent'], r'^mutray/\d')
        self.assertEqual(request.headers['connection'], 'close')
        for absent in 'dd-api-key', 'expect', 'transfer-encoding', 'datadog-external-env', 'authorization', 'cookie':
            self.assertNotIn(absent, request.headers)

    def test_parts(self):
        [request] = self.send()
        found = parts(request)
        self.assertEqual(list(found), ['event', 'profile.pprof'])
        self.assertEqual(found['event'].headers['filename'], 'event.json')
        self.assertEqual(found['event'].headers['Content-Type'], 'application/json')
        self.assertEqual(found['profile.pprof'].headers['filename'], 'profile.pprof')
        self.assertEqual(found['profile.pprof'].body[:3], b'\x1f\x8b\x08')
        self.assertEqual([s.labels['lock name'] for s in self.profile(request).samples], ['guest.c:3:lock'])

    def test_event(self):
        [request] = self.send(DD_ENV='prod', DD_VERSION='1.2.3', DD_SERVICE='shop')
        sent = event(request)
        self.assertEqual(set(sent), {'attachments', 'tags_profiler', 'start', 'end', 'family', 'version',
                                     'endpoint_counts', 'process_tags', 'internal', 'info'})
        self.assertEqual(sent['attachments'], ['profile.pprof'])
        self.assertEqual((sent['family'], sent['version'], sent['endpoint_counts']), ('native', '4', None))
        for time in sent['start'], sent['end']:
            self.assertRegex(time, r'^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z$')
        self.assertLess(sent['start'], sent['end'])
        self.assertEqual(sent['internal']['sample_count'], 1)
        self.assertEqual(sent['internal']['profiles_dropped'], 0)
        self.assertEqual(sent['internal']['drops_busy'], 0)
        self.assertEqual(set(sent['info']), {'application', 'platform', 'profiler', 'runtime'})
        self.assertEqual(sent['info']['application']['service'], 'shop')
        self.assertEqual(sent['info']['profiler']['activation'], 'manual')
        self.assertEqual(sent['info']['profiler']['ssi'], {'mechanism': 'none'})
        self.assertEqual(sent['info']['profiler']['settings']['capture_pct'], 1.0)
        self.assertEqual(sent['info']['runtime']['engine'], 'native')
        self.assertRegex(sent['process_tags'], r'entrypoint\.name:export_guest,.*entrypoint\.workdir:[^,]+,svc\.user:true$')

    def test_tags(self):
        [request] = self.send(DD_ENV='prod', DD_VERSION='1.2.3', DD_SERVICE='shop', DD_TAGS='team:locks,a:1',
                              DD_PROFILING_TAGS='a:2')
        tags = self.tags(request)
        self.assertLess({'env': 'prod', 'service': 'shop', 'version': '1.2.3', 'language': 'native', 'team': 'locks',
                         'runtime': 'native', 'profile_seq': '0', 'a': '2', 'profiler_config': 'lock_CAP1.0_MAXF64',
                         'runtime_os': 'linux'}.items(), tags.items())
        self.assertRegex(tags['runtime-id'], r'^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$')
        self.assertRegex(tags['process_id'], r'^\d+$')
        self.assertRegex(tags['runtime_platform'], r'^\w+-unknown-linux-gnu$')
        self.assertNotIn('host', tags)

    def test_defaults_of_tags(self):
        [request] = self.send(DD_HOSTNAME='box', MUTRAY_FAMILY='go')
        tags = self.tags(request)
        self.assertEqual((tags['service'], tags['host']), ('export_guest', 'box'))
        self.assertNotIn('env', tags)
        self.assertNotIn('version', tags)
        self.assertEqual(event(request)['family'], 'go')
        self.assertTrue(event(request)['process_tags'].endswith('svc.auto:export_guest'))

    def test_source(self):
        for url, shown in (('https://git.example/shop.git', 'https://git.example/shop.git'),
                           ('https://me:sesame@git.example/sh@p.git', 'https://git.example/sh_p.git'),
                           ('https://me@mail.example:sesame@git.example/shop.git', 'https://git.example/shop.git'),
                           ('git@git.example:shop.git', 'git_git.example:shop.git')):
            tags = self.tags(self.send(DD_GIT_REPOSITORY_URL=url, DD_GIT_COMMIT_SHA='0a1b2c')[0])
            self.assertEqual((tags['git.repository_url'], tags['git.commit.sha']), (shown, '0a1b2c'))
        tags = self.tags(self.send(DD_GIT_COMMIT_SHA='0a1b2c', DD_TAGS='git.commit.sha:mine')[0])
        self.assertEqual(tags['git.commit.sha'], 'mine')
        self.assertNotIn('git.repository_url', tags)

    def test_bad_tags_are_left_out_alone(self):
        [request] = self.send(DD_TAGS=':x,good:1,9digit:1,empty:,sp ace:1,nocolon,' + 'long:' + 'x' * 300 + ',last:2',
                              DD_SERVICE='caf\u00e9, bar')
        tags = self.tags(request)
        self.assertEqual(tags['service'], 'caf\u00e9__bar')
        self.assertLess({'good': '1', 'last': '2'}.items(), tags.items())
        self.assertTrue({'9digit', 'empty', 'nocolon', 'long', 'sp ace', ''}.isdisjoint(tags))

    def test_service_that_is_not_utf8(self):
        with CaptureServer() as server:
            environment = clean_environment(DD_PROFILING_ENABLED='1', DD_TRACE_AGENT_URL=server.url)
            environment = {k.encode(): v.encode() for k, v in environment.items()}
            environment[b'DD_SERVICE'] = b'caf\xe9'
            subprocess.run([GUEST, 'event'], env=environment, check=True, timeout=HANG)
            self.assertEqual(self.tags(server.requests[0])['service'], 'caf?')

    def test_external_environment(self):
        [request] = self.send(DD_EXTERNAL_ENV='it-false,cn-nginx,pu-75a2b6d5')
        self.assertEqual(request.headers['datadog-external-env'], 'it-false,cn-nginx,pu-75a2b6d5')
        [request] = self.send(DD_EXTERNAL_ENV='a\r\nInjected: yes')
        self.assertNotIn('injected', request.headers)

    def test_container(self):
        """As in a container: another file stands for /proc/self/cgroup."""
        container = '3726184226f5d3147c25fdeab5b60097e378e8a720503a5e19ecfdf29f869860'
        cgroup = self.folder + '/cgroup'
        with open(cgroup, 'w') as file:
            file.write(f'0::/system.slice/docker-{container}.scope\n')
        with CaptureServer() as server:
            done = subprocess.run(['unshare', '-m', 'sh', '-c', 'mount --bind "$1" /proc/$$/cgroup || exit 77; exec "$2" event', 'sh',
                                   cgroup, GUEST], capture_output=True, text=True, timeout=HANG,
                                  env=clean_environment(DD_PROFILING_ENABLED='1', DD_TRACE_AGENT_URL=server.url))
            if done.returncode in (1, 77):
                self.skipTest(f'may not mount: {done.stderr}')
            self.assertEqual(done.returncode, 0, done.stderr)
            [request] = server.requests
        self.assertEqual(request.headers['datadog-container-id'], container)
        self.assertEqual(request.headers['datadog-entity-id'], f'ci-{container}')

    def test_consecutive_profiles(self):
        first, second, third = self.send('event', 'flush', 'flush', 'event')
        self.assertEqual([self.tags(r)['profile_seq'] for r in (first, second, third)], ['0', '1', '2'])
        self.assertEqual(len({self.tags(r)['runtime-id'] for r in (first, second, third)}), 1)
        self.assertEqual(event(first)['end'], event(second)['start'])
        self.assertEqual(event(second)['end'], event(third)['start'])

    def test_periods(self):
        with CaptureServer() as server:
            process = subprocess.Popen([GUEST, 'event'] + ['sleep'] * 240, env=clean_environment(
                DD_PROFILING_ENABLED='1', DD_TRACE_AGENT_URL=server.url, DD_PROFILING_UPLOAD_INTERVAL='0.1'))
            requests = list(server.wait(3))
            process.kill()
            process.wait()
        self.assertEqual([self.tags(r)['profile_seq'] for r in requests], [str(n) for n in range(len(requests))])

    def test_child_is_another_runtime(self):
        child, parent = self.send('event', 'thread', 'fork_exit', 'event')
        self.assertNotEqual(self.tags(child)['runtime-id'], self.tags(parent)['runtime-id'])
        self.assertNotEqual(self.tags(child)['process_id'], self.tags(parent)['process_id'])
        self.assertEqual((self.tags(child)['profile_seq'], self.tags(parent)['profile_seq']), ('0', '0'))

    def test_unix_socket(self):
        for form in 'unix://{}', '{}':
            path = os.path.join(self.folder, f'apm{len(form)}.socket')
            with CaptureServer(unix=path) as server:
                self.quiet('event', DD_TRACE_AGENT_URL=form.format(path))
                [request] = server.requests
                self.assertEqual((request.path, request.headers['host']), ('/profiling/v1/input', 'localhost'))

    def test_host_and_port(self):
        for host, port in ('DD_AGENT_HOST', 'DD_TRACE_AGENT_PORT'), ('DD_TRACE_AGENT_HOSTNAME', 'DD_AGENT_PORT'):
            with CaptureServer() as server:
                self.quiet('event', **{host: '127.0.0.1', port: str(server.port)})
                self.assertEqual(len(server.requests), 1)

    def test_ipv6(self):
        try:
            server = CaptureServer(family=socket.AF_INET6)
        except OSError:
            self.skipTest('no IPv6')
        with server:
            self.quiet('event', DD_AGENT_HOST='::1', DD_TRACE_AGENT_PORT=str(server.port))
            self.assertEqual(len(server.requests), 1)

    def test_url_keeps_its_path(self):
        with CaptureServer() as server:
            self.quiet('event', DD_TRACE_AGENT_URL=server.url + '/proxy/')
            self.assertEqual(server.requests[0].path, '/proxy/profiling/v1/input')

    def test_proxies_are_ignored(self):
        proxy = f'http://127.0.0.1:{free_port()}'
        [request] = self.send(http_proxy=proxy, HTTP_PROXY=proxy, ALL_PROXY=proxy)
        self.assertEqual(request.path, '/profiling/v1/input')

    def test_with_a_prefix_too(self):
        """File and upload hold the same bytes."""
        with CaptureServer() as server:
            self.quiet('event', server=server, DD_PROFILING_OUTPUT_PPROF=self.folder + '/p')
            [name] = os.listdir(self.folder)
            with open(os.path.join(self.folder, name), 'rb') as file:
                self.assertEqual(file.read(), parts(server.requests[0])['profile.pprof'].body)

    def test_prefix_alone_is_not_uploaded(self):
        with CaptureServer() as server:
            self.quiet('event', server=server, DD_PROFILING_OUTPUT_PPROF=self.folder + '/p', DD_PROFILING_ENABLED='')
            self.assertEqual(server.requests, [])
        self.assertEqual(len(os.listdir(self.folder)), 1)


class Https(UploadTest):
    """OpenSSL's exit handler and the last upload: whichever of the program and mutray uses OpenSSL first."""

    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.context, cls.certificate = server_context(folder.name, 'DNS:intake.profile.localhost', 'IP:127.0.0.1')

    WORDS = ('event',), ('event', 'thread'), ('openssl', 'event'), ('event', 'flush', 'openssl', 'event'), \
        ('event', 'openssl', 'fork_exit', 'event')

    def test_intake(self):
        for words in self.WORDS:
            with self.subTest(words), CaptureServer(context=self.context) as server:
                self.quiet(*words, DD_API_KEY=KEY, DD_SITE=f'localhost:{server.port}', SSL_CERT_FILE=self.certificate,
                           DD_TRACE_AGENT_URL='http://127.0.0.1:1')
                self.assertEqual(len(server.requests), 2 if {'flush', 'fork_exit'} & set(words) else 1)
                for request in server.requests:
                    self.assertEqual(request.path, '/api/v2/profile')
                    self.assertEqual(request.headers['dd-api-key'], KEY)
                    self.assertEqual(event(request)['version'], '4')
                    self.assertNotIn(KEY.encode(), request.body)

    def test_plain_http_beside_openssl(self):
        for words in self.WORDS:
            with self.subTest(words), CaptureServer() as server:
                self.quiet(*words, server=server)
                self.assertEqual(len(server.requests), 2 if {'flush', 'fork_exit'} & set(words) else 1)

    def test_agent(self):
        with CaptureServer(context=self.context) as server:
            self.quiet('event', DD_TRACE_AGENT_URL=f'https://127.0.0.1:{server.port}', SSL_CERT_FILE=self.certificate)
            self.assertEqual(server.requests[0].path, '/profiling/v1/input')

    def test_unknown_certificate_is_refused(self):
        with CaptureServer(context=self.context) as server:
            done = self.guest('event', DD_TRACE_AGENT_URL=f'https://127.0.0.1:{server.port}', MUTRAY_LOG='1')
            self.assertRegex(done.stderr, r'^mutray: cannot send to https://127\.0\.0\.1:\d+: [^\n]*certificate[^\n]*\n$')
            self.assertEqual(server.requests, [])

    def test_exit_is_not_held_up(self):
        with CaptureServer(['slow'], context=self.context) as server:
            self.quiet('event', 'sleep', DD_TRACE_AGENT_URL=f'https://127.0.0.1:{server.port}',
                       SSL_CERT_FILE=self.certificate, DD_PROFILING_UPLOAD_INTERVAL='0.1')


class Push(UploadTest):
    def push(self, tool, path, **environment):
        with CaptureServer() as server:
            self.quiet('event', MUTRAY_PUSH_URL=f'{tool}+{server.url}', DD_SERVICE='shop', DD_ENV='prod',
                       DD_TAGS='team:locks,k8s.pod:a-1', **environment)
            [request] = server.requests
        self.assertEqual((request.method, request.path), ('POST', path))
        self.assertEqual(request.headers['content-type'], 'application/json')
        self.assertFalse([name for name in request.headers if name.startswith(('dd-', 'datadog-'))])
        self.assertNotIn(KEY, request.raw_head)
        return request, json.loads(request.body)

    def check(self, labels, profile):
        self.assertEqual({label['name']: label['value'] for label in labels},
                         {'__name__': 'mutex', 'service_name': 'shop', 'env': 'prod', 'team': 'locks', 'k8s_pod': 'a-1'})
        path = os.path.join(self.folder, 'pushed.pprof')
        with open(path, 'wb') as file:
            file.write(base64.b64decode(profile, validate=True))
        return pprof_raw.read(path)

    def test_pyroscope(self):
        _, body = self.push('pyroscope', '/push.v1.PusherService/Push', DD_API_KEY=KEY)
        [series] = body['series']
        [sample] = series['samples']
        self.assertRegex(sample['ID'], r'^[0-9a-f-]{36}$')
        profile = self.check(series['labels'], sample['rawProfile'])
        # Its label names have no spaces.
        self.assertEqual([s.labels['lock_name'] for s in profile.samples], ['guest.c:3:lock'])

    def test_parca(self):
        _, body = self.push('parca', '/api/profiles/writeraw')
        [series] = body['series']
        [sample] = series['samples']
        self.assertEqual(set(series['labels']), {'labels'})
        profile = self.check(series['labels']['labels'], sample['rawProfile'])
        self.assertEqual(len(profile.samples), 1)

    def test_credentials_of_the_url(self):
        with CaptureServer([401]) as server:
            url = server.url.replace('://', '://user:secret@')
            done = self.guest('event', MUTRAY_PUSH_URL=f'pyroscope+{url}', MUTRAY_LOG='1')
            self.assertEqual(server.requests[0].headers['authorization'], 'Basic dXNlcjpzZWNyZXQ=')
            self.assertIn('answers 401', done.stderr)
            self.assertNotIn('secret', done.stderr)


LATER, REFUSED = 'Resource temporarily unavailable', 'Remote I/O error'


class WhatComesBack(UploadTest):
    """
    `flush` makes one attempt; a period makes three. The last profile, at exit, has no more than two seconds, which may be
    too short for a busy machine: so it is left out of what is compared.
    """

    def one(self, answer, flushed='ok', **environment):
        with CaptureServer([answer, 200]) as server:
            done = self.guest('event', 'flush', 'event', 'event', 'flush', server=server, MUTRAY_LOG='1', **environment)
            self.assertEqual(done.stdout, f'flush {flushed}\nflush ok\n')
            return done.stderr, [request for request in server.requests if self.tags(request)['profile_seq'] != '2']

    def dropped(self, requests):
        return [event(request)['internal']['profiles_dropped'] for request in requests]

    def test_success(self):
        for answer in 200, 202, 204, 'half_body':
            log, requests = self.one(answer)
            self.assertEqual(log, '')
            self.assertEqual([self.tags(r)['profile_seq'] for r in requests], ['0', '1'])
            self.assertEqual(self.dropped(requests), [0, 0])

    def test_refused_is_dropped_counted_and_told(self):
        for answer, words in (400, 'not understood'), (403, 'refused'), (404, '7.20'), (413, 'too large'), (301, 'refused'):
            log, requests = self.one(answer, REFUSED)
            self.assertEqual([self.tags(r)['profile_seq'] for r in requests], ['0', '1'], answer)
            self.assertEqual(self.dropped(requests), [0, 1])
            self.assertRegex(log, rf'^mutray: http://127\.0\.0\.1:\d+ answers {answer}: [^\n]*{words}[^\n]*\n$')

    def test_trouble_is_tried_again(self):
        for answer in 408, 429, 500, 502, 503, 'close', 'garbage', 'half':
            log, requests = self.one(answer, LATER)
            self.assertEqual([self.tags(r)['profile_seq'] for r in requests], ['0', '0', '1'], answer)
            self.assertEqual(self.dropped(requests), [0, 0, 0])
            self.assertEqual([sum(sample.values[3] for sample in self.profile(r).samples) for r in requests], [1, 1, 2])
            self.assertRegex(log, r'^mutray: [^\n]*127\.0\.0\.1[^\n]*\n$')

    def test_no_answer_is_tried_again(self):
        for answer in 'slow', 'deaf':
            log, requests = self.one(answer, LATER, DD_PROFILING_API_TIMEOUT_MS='2000')
            self.assertEqual([self.tags(r)['profile_seq'] for r in requests][-2:], ['0', '1'])
            self.assertEqual(log.count('\n'), 1)

    def test_three_attempts_within_a_period(self):
        with CaptureServer([503]) as server:
            process = subprocess.Popen([GUEST, 'event'] + ['sleep'] * 40, stderr=subprocess.PIPE, text=True,
                                       env=clean_environment(DD_PROFILING_ENABLED='1', DD_TRACE_AGENT_URL=server.url,
                                                             DD_PROFILING_UPLOAD_INTERVAL='2', MUTRAY_LOG='1'))
            requests = list(server.wait(4))
            process.kill()
            log = process.communicate()[1]
        self.assertEqual([self.tags(r)['profile_seq'] for r in requests[:4]], ['0', '0', '0', '0'])
        ends = [event(r)['end'] for r in requests[:4]]
        self.assertEqual(len(set(ends)), 1)
        self.assertEqual(log.count('answers 503'), 1)

    def test_queue_of_three_oldest_first(self):
        with CaptureServer([503, 503, 503, 503, 503, 200]) as server:
            self.guest('event', 'flush', 'flush', 'flush', 'flush', 'flush', 'flush', server=server)
            requests = server.requests[:8]
        # Five attempts fail, the queue then holds 2 3 4; 5 pushes 2 out.
        self.assertEqual([self.tags(r)['profile_seq'] for r in requests],
                         ['0', '0', '0', '1', '2', '3', '4', '5'])
        self.assertEqual(self.dropped(requests), [0, 0, 0, 1, 2, 3, 3, 3])

    def test_nobody_there(self):
        url = f'http://127.0.0.1:{free_port()}'
        done = self.guest('event', 'flush', DD_TRACE_AGENT_URL=url, MUTRAY_LOG='1')
        self.assertEqual(done.stdout, f'flush {LATER}\n')
        self.assertRegex(done.stderr, rf'^mutray: cannot send to {url}: [^\n]*\n$')
        self.quiet('event', 'flush', DD_TRACE_AGENT_URL=url)
        self.quiet('event', 'flush', DD_TRACE_AGENT_URL='unix:///nonexistent/apm.socket')

    def test_exit_is_not_held_up(self):
        """A receiver that never answers, a timeout far away: the program ends all the same, and the file is there."""
        for answer in 'slow', 'deaf':
            for words in ('event',), ('event', 'thread'), ('event', 'sleep', 'sleep'):
                with self.subTest((answer, words)), CaptureServer([answer]) as server:
                    self.setUp()
                    self.quiet(*words, server=server, DD_PROFILING_API_TIMEOUT_MS='600000',
                               DD_PROFILING_UPLOAD_INTERVAL='0.2', DD_PROFILING_OUTPUT_PPROF=self.folder + '/p')
                    names = sorted(os.listdir(self.folder))
                    self.assertTrue(names)
                    total = sum(sample.values[3] for name in names
                                for sample in pprof_raw.read(os.path.join(self.folder, name)).samples)
                    self.assertEqual(total, 1)


class Configuration(UploadTest):
    def test_nonsense_is_told_if_asked_and_the_program_runs(self):
        for variable, value in (('DD_TRACE_AGENT_URL', 'ftp://x'), ('DD_TRACE_AGENT_URL', 'unix://relative'),
                                ('DD_TRACE_AGENT_URL', 'http://'), ('DD_TRACE_AGENT_PORT', '70000'),
                                ('DD_TRACE_AGENT_PORT', 'http'), ('DD_API_KEY', KEY + ' ' + KEY), ('DD_SITE', 'a/b'),
                                ('MUTRAY_PUSH_URL', 'http://localhost'), ('MUTRAY_PUSH_URL', 'pyroscope+ftp://x')):
            more = {'DD_API_KEY': KEY} if variable == 'DD_SITE' else {}
            self.quiet('event', 'flush', **{variable: value}, **more)
            done = self.guest('event', **{variable: value, 'MUTRAY_LOG': '1'}, **more)
            self.assertRegex(done.stderr, rf'^mutray: [^\n]*\n')
            self.assertIn({'DD_TRACE_AGENT_PORT': 'DD_TRACE_AGENT_PORT'}.get(variable, variable), done.stderr)
            self.assertNotIn(KEY, done.stderr)

    def test_key_is_never_shown(self):
        done = self.guest('event', DD_API_KEY=KEY, DD_SITE=f'localhost:{free_port()}', MUTRAY_LOG='1')
        self.assertIn('cannot send to https://intake.profile.localhost', done.stderr)
        self.assertNotIn(KEY, done.stderr)

    def test_libraries_come_only_when_needed(self):
        """libcurl is in the process only when it uploads."""
        def maps(**environment):
            done = subprocess.run(['bash', '-c', f'LD_DEBUG=files {GUEST} event 2>&1'], capture_output=True, text=True,
                                  env=clean_environment(**environment), timeout=HANG)
            return done.stdout
        self.assertNotIn('libmutray-export', maps())
        only_file = maps(DD_PROFILING_OUTPUT_PPROF=self.folder + '/p')
        self.assertIn('libmutray-export', only_file)
        self.assertNotIn('libcurl', only_file)
        self.assertIn('libcurl', maps(DD_PROFILING_ENABLED='1', DD_AGENT_PORT=str(free_port())))


if __name__ == '__main__':
    unittest.main()

#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Uploading when the world is not as it should be: receivers that say too much or too slowly, come and go, or have no
address; descriptors, proxies, and where the key is.

Usage: trouble_test.py GUEST [unittest arguments]. The guest is tests/export/guest.c on a fake recorder.
"""
import os
import re
import select
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unittest

from capture import CaptureServer, clean_environment, event, free_port, server_context

GUEST = os.path.abspath(sys.argv.pop(1))
HANG = 60
KEY = '0123456789abcdef0123456789abcdef'
LATER = 'flush Resource temporarily unavailable\n'


class Trouble(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def start(self, *words, **environment):
        environment = clean_environment(DD_PROFILING_ENABLED='true', **environment)
        process = subprocess.Popen([GUEST, *words], env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.addCleanup(process.communicate)
        self.addCleanup(process.kill)
        return process

    def guest(self, *words, **environment):
        process = self.start(*words, **environment)
        output, errors = process.communicate(timeout=HANG)
        self.assertEqual(process.returncode, 0, errors)
        return output, errors


class Answers(Trouble):
    def answer(self, answer, **environment):
        with CaptureServer([answer, 200]) as server:
            output, errors = self.guest('event', 'flush', DD_TRACE_AGENT_URL=server.url, MUTRAY_LOG='1', **environment)
            return output, errors, server

    def test_oversized_body(self):
        """What the status says counts; nobody waits for the end."""
        output, errors, server = self.answer('flood')
        self.assertEqual((output, errors), ('flush ok\n', ''))
        self.assertLess(server.flooded, 16 << 20)  # 64 KiB are read, the rest is in the kernel's buffers

    def test_oversized_head(self):
        output, errors, server = self.answer('flood_head')
        self.assertEqual(output.count('flush'), 1)
        self.assertLessEqual(errors.count('\n'), 1)
        self.assertLess(server.flooded, 16 << 20)

    def test_trickling_answer(self):
        output, errors, _ = self.answer('trickle', DD_PROFILING_API_TIMEOUT_MS='500')
        self.assertEqual(output, LATER)
        self.assertRegex(errors, r'^mutray: cannot send to [^\n]*\n$')


class Receivers(Trouble):
    def test_name_without_an_address(self):
        output, errors = self.guest('event', 'flush', DD_AGENT_HOST='no-such-host.invalid', MUTRAY_LOG='1',
                                    DD_PROFILING_API_TIMEOUT_MS='3000')
        self.assertEqual(output, LATER)
        self.assertRegex(errors, r'^mutray: cannot send to http://no-such-host\.invalid:8126: [^\n]*\n$')
        self.assertEqual(self.guest('event', DD_AGENT_HOST='no-such-host.invalid'), ('', ''))

    def restart(self, first, second):
        """
        The receiver goes away while the program runs and comes back. As three profiles can wait nothing is lost, unless
        this machine is slow; then it is counted.
        """
        with first() as server:
            process = self.start('event', *['sleep'] * 200, DD_TRACE_AGENT_URL=server.url, DD_PROFILING_UPLOAD_INTERVAL='0.6')
            seen = list(server.wait(2))
        time.sleep(0.8)  # a period, or a little more, without anybody there
        with second() as server:
            seen += server.wait(3)
        process.kill()
        events = [event(request) for request in seen]
        numbers = [int(re.search(r'profile_seq:(\d+)', e['tags_profiler'])[1]) for e in events]
        dropped = [e['internal']['profiles_dropped'] for e in events]
        self.assertEqual([number - lost for number, lost in zip(numbers, dropped)], list(range(len(numbers))))

    def test_agent_restarts(self):
        port = free_port()
        self.restart(lambda: CaptureServer(port=port), lambda: CaptureServer(port=port))

    def test_agent_restarts_at_a_socket(self):
        path = self.folder + '/apm.socket'

        def again():
            os.unlink(path)
            return CaptureServer(unix=path)
        self.restart(lambda: CaptureServer(unix=path), again)


class Descriptors(Trouble):
    def read_descriptors(self, output):
        """(what a program started by the guest had: 0, 1, 2 and its folder; how many the guest has) for each look."""
        return [(tuple(inherited.split()), int(own)) for inherited, own in re.findall(r'((?:\d+\n)+)has (\d+)\n', output)]

    def test_none_is_inherited_or_kept(self):
        for scheme in 'tcp', 'unix':
            unix = f'{self.folder}/{scheme}.socket' if scheme == 'unix' else None
            with self.subTest(scheme), CaptureServer(['slow'], unix=unix) as server:
                output, _ = self.guest('event', 'thread', 'uploading', 'descriptors', 'fork', 'own_descriptors',
                                       DD_TRACE_AGENT_URL=server.url, DD_PROFILING_UPLOAD_INTERVAL='0.2',
                                       DD_PROFILING_API_TIMEOUT_MS='60000')
                [(inherited, own)] = self.read_descriptors(output)
                self.assertEqual(inherited, ('0', '1', '2', '3'))
                self.assertGreater(own, 3, 'no upload was under way')
                self.assertRegex(output, r'has 3\nchild 0\n$')
            with self.subTest(scheme), CaptureServer([200], unix=unix and unix + '2') as server:
                output, _ = self.guest('event', 'descriptors', 'flush', 'event', 'flush', 'descriptors',
                                       DD_TRACE_AGENT_URL=server.url)
                (_, before), (inherited, after) = self.read_descriptors(output)
                self.assertEqual((inherited, after), (('0', '1', '2', '3'), before))

    def test_with_a_file(self):
        output, _ = self.guest('event', 'descriptors', 'flush', 'descriptors', DD_PROFILING_OUTPUT_PPROF=self.folder + '/p',
                               DD_PROFILING_ENABLED_='')
        (_, before), (_, after) = self.read_descriptors(output)
        self.assertEqual(after, before)


class Proxy:
    """Takes CONNECT, remembers its head, and hands bytes on to a port of this machine."""

    def __init__(self, port, status='200 Fine'):
        self.target, self.status, self.heads = port, status, []
        self.socket = socket.socket()
        self.socket.bind(('127.0.0.1', 0))
        self.socket.listen()
        self.url = f'http://127.0.0.1:{self.socket.getsockname()[1]}'
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            client, _ = self.socket.accept()
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client):
        head = b''
        while b'\r\n\r\n' not in head:
            head += client.recv(65536)
        self.heads.append(head.decode())
        client.sendall(f'HTTP/1.1 {self.status}\r\n\r\n'.encode())
        with client, socket.create_connection(('127.0.0.1', self.target)) as target:
            while self.status.startswith('200'):
                for source in select.select([client, target], [], [])[0]:
                    data = source.recv(65536)
                    if not data:
                        return
                    (target if source is client else client).sendall(data)


class Intake(Trouble):
    """Over TLS, with a certificate made for it."""

    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.context, cls.certificate = server_context(folder.name, 'DNS:intake.profile.localhost',
                                                      'DNS:intake.profile.example.invalid')


class Proxies(Intake):
    def upload(self, server, **environment):
        return self.guest('event', 'flush', DD_API_KEY=KEY, SSL_CERT_FILE=self.certificate, MUTRAY_LOG='1', **environment)

    def test_a_proxy_that_is_set_for_us(self):
        """The intake's name is nowhere but at the proxy; the key goes to the intake only."""
        with CaptureServer(context=self.context) as server:
            proxy = Proxy(server.port)
            output, errors = self.upload(server, DD_SITE='example.invalid', DD_PROXY_HTTPS=proxy.url)
            self.assertEqual((output, errors), ('flush ok\n', ''))
            self.assertRegex(proxy.heads[0], r'^CONNECT intake\.profile\.example\.invalid:443 HTTP/1\.1\r\n')
            self.assertNotIn(KEY, ''.join(proxy.heads))
            self.assertEqual(server.requests[0].headers['dd-api-key'], KEY)

    def test_proxies_set_for_others(self):
        nobody = f'http://127.0.0.1:{free_port()}'
        with CaptureServer(context=self.context) as server:
            output, errors = self.upload(server, DD_SITE=f'localhost:{server.port}', https_proxy=nobody, HTTPS_PROXY=nobody,
                                         all_proxy=nobody, ALL_PROXY=nobody)
            self.assertEqual((output, errors), ('flush ok\n', ''))

    def test_not_for_the_agent(self):
        with CaptureServer() as server:
            self.assertEqual(self.guest('event', 'flush', DD_TRACE_AGENT_URL=server.url,
                                        DD_PROXY_HTTPS=f'http://127.0.0.1:{free_port()}'), ('flush ok\n', ''))

    def test_a_proxy_that_refuses(self):
        with CaptureServer(context=self.context) as server:
            for words in '407 Who are you', '502 No':
                proxy = Proxy(server.port, words)
                output, errors = self.upload(server, DD_SITE='example.invalid',
                                             DD_PROXY_HTTPS=proxy.url.replace('://', '://me:sesame@'))
                self.assertEqual(output, LATER)
                self.assertRegex(errors, r'^mutray: cannot send to https://intake\.profile\.example\.invalid: [^\n]*\n$')
                self.assertNotIn(KEY, errors)
                self.assertNotIn('sesame', errors)


class Key(Intake):
    """
    In memory, and so in a core file, the key is in the environment and in the one copy of it. What a request needs is
    wiped, by us and by what libcurl gives memory back with.
    """

    def copies(self, pid):
        count = 0
        with open(f'/proc/{pid}/maps') as maps, open(f'/proc/{pid}/mem', 'rb', 0) as memory:
            for line in maps:
                low, high = (int(word, 16) for word in line.split()[0].split('-'))
                if ' rw' not in line or high - low > 1 << 30:
                    continue
                try:
                    memory.seek(low)
                    count += memory.read(high - low).count(KEY.encode())
                except OSError:
                    pass  # not to be read, such as [vvar]
        return count

    @unittest.skipIf('address' in os.environ.get('MUTRAY_SANITIZE', ''), 'AddressSanitizer keeps what is freed')
    def test_copies(self):
        with CaptureServer(context=self.context) as server:
            process = self.start('event', 'flush', 'descriptors', *['sleep'] * 40, DD_API_KEY=KEY, SSL_CERT_FILE=self.certificate,
                                 DD_SITE=f'localhost:{server.port}')
            self.assertEqual(process.stdout.readline(), 'flush ok\n')
            self.assertEqual(self.copies(process.pid), 2)


if __name__ == '__main__':
    unittest.main()

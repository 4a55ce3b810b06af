# SPDX-License-Identifier: Apache-2.0
"""A receiver of uploads that keeps every request and answers as it is told.

    with CaptureServer(answers=[503, 'close', 200]) as server: ...

Each request takes the next answer, the last one is for all that follow. An answer is a status, or: `slow` (none until the
server ends), `close` (none, the connection is closed), `garbage` (not HTTP), `half` (a header line cut short), `half_body`
(200 and less of a body than promised), `deaf` (the request is not even read), `flood` (200 and a body without end),
`flood_head` (headers without end), `trickle` (a byte now and then). `info`, if given, is what GET /info gets
instead: a status or an object.
"""
import json
import os
import re
import socket
import ssl
import subprocess
import threading
from collections import namedtuple

Request = namedtuple('Request', 'method path headers body raw_head')
Part = namedtuple('Part', 'headers body')


class CaptureServer:
    def __init__(self, answers=(200,), unix=None, context=None, family=socket.AF_INET, info=None, port=0):
        self.answers, self.unix, self.context, self.info = list(answers), unix, context, info
        self.flooded = 0  # bytes that a client took
        self.requests, self.seen = [], threading.Condition()
        self.peers, self.busy = set(), 0  # whose connections were accepted; how many are open
        self.ending = threading.Event()
        if unix:
            self.socket = socket.socket(socket.AF_UNIX)
            self.socket.bind(unix)
        else:
            self.socket = socket.socket(family)
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            self.socket.bind(('::1' if family == socket.AF_INET6 else '127.0.0.1', port))
            self.port = self.socket.getsockname()[1]
        self.socket.listen()

    @property
    def url(self):
        return f'unix://{self.unix}' if self.unix else f'http://127.0.0.1:{self.port}'

    def __enter__(self):
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.ending.set()
        self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()

    def wait(self, count, timeout=60):
        """Waits until that many requests have been read."""
        with self.seen:
            if not self.seen.wait_for(lambda: len(self.requests) >= count, timeout):
                raise AssertionError(f'{len(self.requests)} requests, not {count}')
        return self.requests

    def settle(self, timeout=60):
        """Waits until whatever has been sent so far is read and answered: connections are accepted in their order."""
        with socket.create_connection(('127.0.0.1', self.port)) as last:
            name = last.getsockname()
        with self.seen:
            if not self.seen.wait_for(lambda: name in self.peers and self.busy == 0, timeout):
                raise AssertionError(f'{self.busy} connections are still open')
            self.peers.clear()

    def _accept(self):
        while True:
            try:
                connection, peer = self.socket.accept()
            except OSError:
                return
            with self.seen:
                self.peers.add(peer)
                self.busy += 1
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        try:
            self._serve_one(connection)
        finally:
            with self.seen:
                self.busy -= 1
                self.seen.notify_all()

    def _serve_one(self, connection):
        with connection:
            try:
                if self.context:
                    with self.context.wrap_socket(connection, server_side=True) as secure:
                        self._answer(secure)
                else:
                    self._answer(connection)
            except OSError:
                pass  # the client gave up

    def _answer(self, connection):
        with self.seen:
            answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if answer != 'deaf':
            request = read_request(connection)
            if request is None:
                return
            with self.seen:
                self.requests.append(request)
                self.seen.notify_all()
            if self.info is not None and (request.method, request.path) == ('GET', '/info'):
                status, body = (self.info, '') if isinstance(self.info, int) else (200, json.dumps(self.info))
                connection.sendall(f'HTTP/1.1 {status} Some\r\nConnection: close\r\n\r\n{body}'.encode())
                return
        if answer in ('slow', 'deaf'):
            self.ending.wait(60)
        elif answer == 'garbage':
            connection.sendall(b'\x00\x01 what?\r\n\r\n\xff' * 20)
        elif answer == 'half':
            connection.sendall(b'HTTP/1.1 20')
        elif answer == 'half_body':
            connection.sendall(b'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"half"')
        elif answer in ('flood', 'flood_head'):
            self._flood(connection, b'HTTP/1.1 200 OK\r\n' + (b'\r\n' if answer == 'flood' else b''))
        elif answer == 'trickle':
            for byte in b'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}':
                connection.sendall(bytes([byte]))
                if self.ending.wait(0.2):
                    return
        elif answer != 'close':
            connection.sendall(b'HTTP/1.1 %d Some\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}' % answer)

    def _flood(self, connection, head):
        connection.sendall(head)
        while not self.ending.is_set():
            connection.sendall(b'Filler: ' + b'x' * 1014 + b'\r\n')
            self.flooded += 1024


def read_request(connection):
    data = b''
    while b'\r\n\r\n' not in data:
        more = connection.recv(65536)
        if not more:
            return None
        data += more
    head, _, body = data.partition(b'\r\n\r\n')
    first, *lines = head.decode('latin-1').split('\r\n')
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(':') for line in lines)}
    if headers.get('transfer-encoding') == 'chunked':
        body = read_chunks(connection, body)
        return None if body is None else Request(*first.split(' ')[:2], headers, body, head.decode('latin-1'))
    while len(body) < int(headers.get('content-length', 0)):
        more = connection.recv(65536)
        if not more:
            return None
        body += more
    method, path, _ = first.split(' ')
    return Request(method, path, headers, body, head.decode('latin-1'))


def read_chunks(connection, data):
    body = b''
    while True:
        size, separator, rest = data.partition(b'\r\n')
        length = int(size, 16) if separator else None
        if separator and len(rest) >= length + 2:
            if length == 0:
                return body
            body, data = body + rest[:length], rest[length + 2:]
            continue
        more = connection.recv(65536)
        if not more:
            return None
        data += more


def parts(request):
    """The parts of a multipart body, by name; every rule of the format is checked."""
    kind = re.fullmatch(r'multipart/form-data; boundary=(\S+)', request.headers['content-type'])
    boundary = b'--' + kind[1].encode()
    pieces = request.body.split(boundary)
    assert pieces[0] == b'' and pieces[-1] == b'--\r\n', (pieces[0], pieces[-1])
    found = {}
    for piece in pieces[1:-1]:
        assert piece.startswith(b'\r\n') and piece.endswith(b'\r\n')
        head, separator, body = piece[2:-2].partition(b'\r\n\r\n')
        assert separator
        headers = dict(line.split(': ', 1) for line in head.decode().split('\r\n'))
        name, filename = re.fullmatch(r'form-data; name="([^"]*)"; filename="([^"]*)"',
                                      headers['Content-Disposition']).groups()
        assert name not in found
        found[name] = Part({**headers, 'filename': filename}, body)
    return found


def event(request):
    return json.loads(parts(request)['event'].body)


def server_context(folder, *names):
    """A TLS server's context, with a certificate made for these names in the folder; and the path of the certificate."""
    certificate, key = os.path.join(folder, 'certificate'), os.path.join(folder, 'key')
    subprocess.run(['openssl', 'req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-keyout', key, '-out',
                    certificate, '-subj', '/CN=intake', '-addext', 'subjectAltName=' + ','.join(names)],
                   check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return context, certificate


def free_port():
    """A port nobody listens at."""
    with socket.socket() as probe:
        probe.bind(('127.0.0.1', 0))
        return probe.getsockname()[1]


def clean_environment(**more):
    plain = {k: v for k, v in os.environ.items() if not k.startswith(('DD_', 'MUTRAY_'))}
    return {**plain, **more}

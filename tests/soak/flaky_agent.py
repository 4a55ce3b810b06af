# SPDX-License-Identifier: Apache-2.0
"""An agent as bad as they come: for random thirds of the time nobody listens, or whoever listens answers in one of many
wrong ways, at random. It keeps account of what it took and what it refused, and nothing else, so it can run for days.

What an answer means to the sender is known exactly: a status of 2xx is only given to a client that is still there, at
once and never after a delay, so what was answered like that is what the sender knows to be sent.
"""
import collections
import gzip
import os
import random
import select
import socket
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'upload'))
from capture import CaptureServer, event, free_port, parts, read_request  # noqa: E402

GOOD = 'ok', 'ok', 'ok', 'half_body'  # a status of 2xx counts, whatever follows
TROUBLE = '500', '503', '429', 'late_500', 'never', 'close', 'garbage', 'half', 'deaf'
REFUSALS = '400', '413'  # they lose profiles, so they are rarer
ANSWERS = {'good': GOOD, 'bad': TROUBLE * 2 + REFUSALS}
MOODS = 'good', 'good', 'good', 'good', 'bad', 'away'


class FlakyAgent(CaptureServer):
    def __init__(self, seed, longest_spell):
        super().__init__()
        self.socket.close()
        self.port = free_port()
        self.socket = socket.socket()  # a port that was asked for by number stays ours while nobody listens
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(('127.0.0.1', self.port))
        self.random, self.lock, self.longest_spell = random.Random(seed), threading.Lock(), longest_spell
        self.mood, self.healed = 'good', threading.Event()
        self.seconds = collections.Counter()   # of each mood
        self.answered = collections.Counter()  # by what was done
        self.accepted = {}                     # the number of a profile: what its upload counts of those before
        self.problems = []

    def __exit__(self, *_):
        self.ending.set()
        self.healed.set()
        self.socket.close()

    def heal(self):
        """Good from now on."""
        self.healed.set()

    def _accept(self):
        while not self.ending.is_set():
            mood = 'good' if self.healed.is_set() else self.random.choice(MOODS)
            begun, length = time.monotonic(), self.random.uniform(0.1, 1) * self.longest_spell
            self.mood = mood
            if mood == 'away':
                self.healed.wait(length)
            else:
                self._listen(begun + length)
            self.seconds[mood] += time.monotonic() - begun

    def _listen(self, end):
        self.socket.listen(16)
        healed = self.healed.is_set()
        while time.monotonic() < end and self.healed.is_set() == healed and not self.ending.is_set():
            if select.select([self.socket], [], [], 0.2)[0]:
                connection, _ = self.socket.accept()
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()
        try:
            self.socket.shutdown(socket.SHUT_RDWR)  # connecting is refused from here on
        except OSError:
            pass  # closed at the end

    def _answer(self, connection):
        with self.lock:
            answer = self.random.choice(ANSWERS.get(self.mood, ('close',)))
            delay = self.random.uniform(0.1, 12)
            self.answered[answer] += 1
        if answer == 'deaf':
            return self.wait_for_end(connection, 15)
        request = read_request(connection)
        if request is None:
            return None
        if answer in GOOD:
            return self._take(connection, request, answer)
        if answer in ('never', 'late_500'):
            self.wait_for_end(connection, 15 if answer == 'never' else delay)
        if answer == 'half':
            connection.sendall(b'HTTP/1.1 20')
        elif answer == 'garbage':
            connection.sendall(self.random.randbytes(300))
        elif answer not in ('never', 'close'):
            status = answer.removeprefix('late_')
            connection.sendall(f'HTTP/1.1 {status} Bad\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{{}}'.encode())
        return None

    @staticmethod
    def wait_for_end(connection, seconds):
        """Until the client has gone, or so long."""
        end = time.monotonic() + seconds
        connection.settimeout(seconds)
        while time.monotonic() < end and connection.recv(65536):
            pass

    def _take(self, connection, request, answer):
        """A good answer. Nothing may happen between looking whether the client is there and answering."""
        told = event(request)
        number = int(dict(tag.split(':', 1) for tag in told['tags_profiler'].split(','))['profile_seq'])
        profile = gzip.decompress(parts(request)['profile.pprof'].body)
        length = {'ok': 2, 'half_body': 100}[answer]
        reply = f'HTTP/1.1 200 OK\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{{}}'.encode()
        with self.lock:
            if select.select([connection], [], [], 0)[0]:
                self.answered['gave up'] += 1
                return
            connection.sendall(reply)
            if number in self.accepted:
                self.problems.append(f'profile {number} came twice')
            if not profile:
                self.problems.append(f'profile {number} is empty')
            self.accepted[number] = told['internal']

#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Hours of an instrumented memcached under load, its profiles sent to an agent that is down or wrong for random thirds of
the time (flaky_agent.py). At the end:

  - memory, descriptors and threads are flat: the last quarter of the time is held against the second (in the first one
    memcached's own memory fills), and the slope of the line through all but the first is given;
  - no profile is lost uncounted: at every upload, and at the end, made = sent + dropped + kept. Made is counted by the
    files the same process writes, sent by the agent, dropped by the uploads' `internal` counters;
  - every answer memcached gave was right.

Usage: soak.py [--minutes N] [--seed N] [--work FOLDER] [--table FILE] [--set NAME=VALUE]...

The memcached is the one tests/realworld/run.sh --only memcached leaves in ~/.cache/mutray/realworld; copy that folder and say
--work if mutray is going to be rebuilt meanwhile. --set gives it further settings. About a tenth of one processor is
used. An interrupt (control-C) ends it early, in order. Exit status: 0, 1 if something is wrong, 77 if there is no
instrumented memcached.
"""
import argparse
import glob
import os
import random
import re
import resource
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, '..', 'upload'))
from capture import clean_environment  # noqa: E402
from flaky_agent import FlakyAgent  # noqa: E402

INTERVAL = 5  # seconds between profiles
TICK = 1.0
KEYS, LARGEST = 4000, 8000
# What the last quarter may have more than the second. A profile of this program is 20 KB and is made each 5 seconds.
FLAT = {'private KiB': 512, 'heap KiB': 256, 'descriptors': 0, 'threads': 0}
FILLING = 10  # minutes; in a shorter run memcached's own memory is still being filled, and only the rest is judged


class Client:
    """One connection with keys of its own: it knows what each holds, unless memcached threw it out."""

    def __init__(self, path, name, seed):
        self.path, self.name, self.random, self.stored = path, name, random.Random(seed), {}
        self.connect()

    def connect(self):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(20)
        self.socket.connect(self.path)
        self.file = self.socket.makefile('rwb')

    def reconnect(self):
        self.file.close()
        self.socket.close()
        self.connect()

    def line(self):
        return self.file.readline().decode().rstrip('\r\n')

    def ask(self, text, data=None):
        self.file.write(text.encode() + b'\r\n' + (data + b'\r\n' if data is not None else b''))
        self.file.flush()
        return self.line()

    def step(self):
        key, kind = f'{self.name}-{self.random.randrange(KEYS)}', self.random.random()
        if kind < 0.35:
            data = bytes([self.random.randrange(33, 127)]) * self.random.randrange(1, LARGEST)
            answer = self.ask(f'set {key} 0 0 {len(data)}', data)
            assert answer == 'STORED', answer
            self.stored[key] = data[:1], len(data)
        elif kind < 0.45:
            answer = self.ask(f'delete {key}')
            assert answer == 'NOT_FOUND' or answer == 'DELETED' and key in self.stored, answer
            self.stored.pop(key, None)
        else:
            self.get(key)

    def get(self, key):
        answer = self.ask(f'get {key}')
        if answer == 'END':
            return
        length = int(re.fullmatch(rf'VALUE {key} 0 (\d+)', answer)[1])
        data = self.file.read(length)
        assert key in self.stored and (data[:1], length) == self.stored[key] and data == data[:1] * length, key
        assert self.line() == '' and self.line() == 'END'


def sample(pid):
    """What the process has now."""
    with open(f'/proc/{pid}/status') as file:
        status = dict(line.split(':', 1) for line in file)
    with open(f'/proc/{pid}/smaps') as file:
        smaps = file.read()
    private = sum(int(kib) for kib in re.findall(r'^Private_Dirty: +(\d+)', smaps, re.M))
    heap = re.search(r'\[heap\]\n(?:.*\n)*?Rss: +(\d+)', smaps)
    with open(f'/proc/{pid}/stat') as file:
        fields = file.read().rpartition(')')[2].split()
    return {'RSS KiB': int(status['VmRSS'].split()[0]), 'private KiB': private, 'heap KiB': int(heap[1]) if heap else 0,
            'descriptors': len(os.listdir(f'/proc/{pid}/fd')), 'threads': int(status['Threads']),
            'cpu': (int(fields[11]) + int(fields[12])) / os.sysconf('SC_CLK_TCK')}


def load_tick(clients, cacheload, path, dice):
    """A second's worth: some requests on lasting connections, one of which may start anew, and a burst on eight new ones."""
    for client in clients:
        if dice.random() < 0.1:
            client.reconnect()
        for _ in range(25):
            client.step()
    done = subprocess.run([cacheload, path, '8', '60'], capture_output=True, text=True, start_new_session=True)
    assert done.returncode == 0, done.stderr


class Made:
    """Counts profiles by the files that are written, and removes them."""

    def __init__(self, prefix):
        self.prefix, self.count, self.last = prefix, 0, 0

    def look(self):
        for name in glob.glob(glob.escape(self.prefix) + '.*.pprof'):
            self.last = max(self.last, int(name.split('.')[-2]))
            os.unlink(name)
            self.count += 1


def run(options, scratch, agent):
    socket_path, made = os.path.join(scratch, 'socket'), Made(os.path.join(scratch, 'profile'))
    program = os.path.join(options.work, 'memcached', 'mutray', 'memcached')
    cacheload = os.path.join(options.work, 'tools', 'cacheload')
    environment = clean_environment(
        DD_PROFILING_ENABLED='true', DD_TRACE_AGENT_URL=agent.url, DD_PROFILING_UPLOAD_INTERVAL=str(INTERVAL),
        DD_PROFILING_CAPTURE_PCT='10', DD_PROFILING_OUTPUT_PPROF=made.prefix, DD_SERVICE='soak', MUTRAY_LOG='1',
        **dict(setting.split('=', 1) for setting in options.set))
    log = open(os.path.join(scratch, 'log'), 'w')
    user = [] if os.getuid() else ['-u', 'root']
    server = subprocess.Popen([program, *user, '-t', '4', '-m', '16', '-s', socket_path], stderr=log, env=environment,
                              start_new_session=True)
    try:
        rows = minutes(options, agent, server, made, (socket_path, cacheload))
        agent.heal()
        wait_until_nothing_is_kept(agent, made)
        server.terminate()
        status = server.wait(30)
        assert status == 0, f'memcached ended with {status}'
        made.look()
        return rows, made
    finally:
        if server.poll() is None:
            server.kill()
        log.close()
        shutil.copy(log.name, options.table + '.log' if options.table else os.devnull)


def minutes(options, agent, server, made, load):
    """The load, and a row for each minute: the least of the samples, since an upload under way has descriptors of its own."""
    socket_path, cacheload = load
    while not os.path.exists(socket_path):
        assert server.poll() is None, 'memcached does not start'
        time.sleep(0.1)
    dice = random.Random(options.seed)
    clients = [Client(socket_path, f's{i}', options.seed + i) for i in range(4)]
    rows, samples, end = [], [], time.monotonic() + options.minutes * 60
    length = min(60, options.minutes * 60 / 12)
    row_end, next_tick, before = time.monotonic() + length, time.monotonic(), 0.0
    interrupted = threading.Event()
    signal.signal(signal.SIGINT, lambda *_: interrupted.set())
    while time.monotonic() < end and not interrupted.is_set():
        load_tick(clients, cacheload, socket_path, dice)
        samples.append(sample(server.pid))
        if time.monotonic() >= row_end:
            row = {name: min(each[name] for each in samples) for name in samples[0]}
            row.update(minute=(len(rows) + 1) * length / 60, most_descriptors=max(each['descriptors'] for each in samples),
                       cpu=(samples[-1]['cpu'] - before) / length * 100, **account(agent, made))
            before = samples[-1]['cpu']
            rows.append(row)
            print(' '.join(f'{name}={value:.6g}' for name, value in row.items()), flush=True)
            samples, row_end = [], row_end + length
        next_tick = max(next_tick + TICK, time.monotonic())
        interrupted.wait(max(0, next_tick - time.monotonic()))
    for client in clients:
        client.file.close()
        client.socket.close()
    return rows


def account(agent, made):
    """Of the newest upload; what was made after it is kept, or yet to be counted by the next."""
    with agent.lock:
        sent = len(agent.accepted)
        dropped = agent.accepted[max(agent.accepted)]['profiles_dropped'] if sent > 0 else 0
    made.look()
    return {'made': made.count, 'sent': sent, 'dropped': dropped, 'waiting': made.count - sent - dropped}


def wait_until_nothing_is_kept(agent, made):
    """Until the agent has a profile that was made after it was healed, and all older ones are accounted for."""
    made.look()
    last, end = made.last, time.monotonic() + 60
    while max(agent.accepted, default=-1) < last:
        assert time.monotonic() < end, 'a healed agent gets no profiles'
        time.sleep(0.2)


def check_account(agent, made):
    """Profiles come oldest first, so whatever is older than one that came has been sent or dropped."""
    problems = list(agent.problems)
    numbers = sorted(agent.accepted)
    for sent_before, number in enumerate(numbers):
        dropped = agent.accepted[number]['profiles_dropped']
        if number != sent_before + dropped:
            problems.append(f'when profile {number} came, {sent_before} had been sent and {dropped} dropped')
    if list(agent.accepted) != numbers:
        problems.append('profiles came out of order')
    if made.count != made.last:
        problems.append(f'{made.count} files for {made.last} profiles')
    totals = account(agent, made)
    if totals['waiting'] != 0 or numbers[-1] != made.last - 1:
        problems.append(f'not all are accounted for: {totals}, the last one sent is {numbers[-1]}')
    refused = sum(agent.answered[kind] for kind in ('400', '413'))
    if totals['dropped'] < refused:
        problems.append(f'{refused} were refused, only {totals["dropped"]} counted')
    return problems


def slope(values, per):
    """Of the least-squares line, in units an hour."""
    return statistics.linear_regression(range(len(values)), values).slope * 60 / per if len(values) > 1 else 0.0


def check_flat(rows):
    quarter, problems, lines = max(1, len(rows) // 4), [], []
    per = rows[0]['minute']
    for name, most in FLAT.items():
        second, last = ([row[name] for row in part] for part in (rows[quarter:2 * quarter], rows[-quarter:]))
        growth = statistics.median(last) - statistics.median(second)
        lines.append(f'| {name} | {statistics.median(second):.0f} | {statistics.median(last):.0f} | '
                     f'{slope([row[name] for row in rows[quarter:]], per):+.1f} |')
        if growth > most and (rows[-1]['minute'] >= FILLING or not name.endswith('KiB')):
            problems.append(f'{name}: {growth:+.0f} from the second quarter to the last')
    return problems, lines


def report(options, agent, rows, made, lines):
    """The table, in Markdown."""
    kinds = ', '.join(f'{kind} {count}' for kind, count in sorted(agent.answered.items()))
    last = agent.accepted[max(agent.accepted)]
    lost = {name: sum(internal[name] for internal in agent.accepted.values())
            for name in last if name.startswith(('drops_', 'holds_', 'threads_unprofiled', 'samples_dropped'))}
    head = ['minute', 'RSS KiB', 'private KiB', 'heap KiB', 'descriptors', 'most_descriptors', 'threads', 'cpu', 'made',
            'sent', 'dropped', 'waiting']
    text = ['| ' + ' | '.join(head).replace('_', ' ').replace('cpu', 'CPU %') + ' |', '|---' * len(head) + '|']
    step = max(1, len(rows) // 12)
    text += ['| ' + ' | '.join(f'{row[name]:.3g}' if name in ('minute', 'cpu') else f'{row[name]}' for name in head) + ' |'
             for row in rows[step - 1::step]]
    totals, more = account(agent, made), ''.join(f', {setting}' for setting in options.set)
    text += ['', '| | second quarter | last quarter | slope per hour |', '|---|---|---|---|', *lines, '',
             f'Seed {options.seed}{more}, {rows[-1]["minute"]:g} minutes: {totals["made"]} profiles made = {totals["sent"]} sent + '
             f'{totals["dropped"]} dropped + {totals["waiting"]} kept.',
             'The agent was ' + ', '.join(f'{mood} for {seconds:.0f} s' for mood, seconds in agent.seconds.items()) +
             f'; its answers: {kinds}.',
             'Losses told by the uploads: ' + ', '.join(f'{name} {count}' for name, count in lost.items()) + '.']
    return '\n'.join(text)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--minutes', type=float, default=120)
    parser.add_argument('--seed', type=int, default=1)
    parser.add_argument('--work', default=os.path.expanduser('~/.cache/mutray/realworld'))
    parser.add_argument('--table')
    parser.add_argument('--set', action='append', default=[])
    options = parser.parse_args()
    if not os.path.exists(os.path.join(options.work, 'memcached', 'mutray', 'memcached')):
        print(f'no instrumented memcached in {options.work}: run tests/realworld/run.sh --only memcached')
        return 77
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with tempfile.TemporaryDirectory() as scratch, FlakyAgent(options.seed, min(60, options.minutes * 10)) as agent:
        rows, made = run(options, scratch, agent)
        problems, lines = check_flat(rows)
        problems += check_account(agent, made)
        table = report(options, agent, rows, made, lines)
    print(table)
    if options.table:
        with open(options.table, 'w') as file:
            file.write(table + '\n')
    for problem in problems:
        print('soak.py:', problem, file=sys.stderr)
    return 1 if problems else 0


if __name__ == '__main__':
    sys.exit(main())

#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What mutray costs a real server under load: memcached (Debian's source), built plain and instrumented, answers the
same requests of eight connections (tests/realworld/loads/cacheload.c). What counts is the CPU time of its threads, in
user mode and in the kernel, from the first request to the last answer. Each round runs each mode once, in random order,
and compares within the round; a figure is the median. Prints a table.

Usage: server.py BINARIES [ROUNDS [WORK_FOLDER]]
"""
import os
import random
import signal
import statistics
import subprocess
import sys
import tempfile
import time

import cost_build

REALWORLD = os.path.join(cost_build.HERE, '..', 'realworld')
CLIENTS, REQUESTS = 8, 3000  # a get, a set and some more each
GOALS = {'off': None, 'default': 1.03, 'all, no stacks': None, 'all': 1.8}


def build(folder, compiler):
    """The memcached built by the compiler; made once for each compiler's file."""
    program = os.path.join(folder, 'memcached')
    stamp = os.path.join(folder, 'built')
    if os.path.exists(stamp) and os.path.getmtime(stamp) > newest(compiler):
        return program
    script = '. "$1/fetch.sh" && fetch memcached "$2" && cd "$2" && ' \
             './configure --disable-docs CFLAGS="-O2 -g -fno-omit-frame-pointer" CC="$3" && make -j2 memcached'
    result = subprocess.run(['bash', '-c', script, 'build', REALWORLD, folder, compiler], capture_output=True, text=True)
    if result.returncode != 0:
        print(f'memcached could not be built with {compiler}: {result.stderr[-500:]}')
        sys.exit(77)
    with open(stamp, 'w'):
        pass
    return program


def newest(compiler):
    return max((os.path.getmtime(os.path.join(os.path.dirname(word), name)) for word in compiler.split()
                if os.path.isabs(word) for name in os.listdir(os.path.dirname(word))), default=0)


def cpu_seconds(pid):
    """Used by the threads that a process has now."""
    total = 0
    for thread in os.listdir(f'/proc/{pid}/task'):
        with open(f'/proc/{pid}/task/{thread}/schedstat') as times:
            total += int(times.read().split()[0])
    return total / 1e9


def run(program, load, mode, scratch):
    """CPU seconds of a server that answers all requests."""
    socket = os.path.join(scratch, 'socket')
    server = subprocess.Popen([program, '-u', 'root', '-t', '2', '-m', '64', '-s', socket],
                              env=cost_build.environment(mode, scratch))
    while not os.path.exists(socket):
        time.sleep(0.01)
    subprocess.run([load, socket, '1', '1'], check=True, stdout=subprocess.DEVNULL) # it has started
    before = cpu_seconds(server.pid)
    result = subprocess.run([load, socket, str(CLIENTS), str(REQUESTS)], capture_output=True, text=True)
    used = cpu_seconds(server.pid) - before
    server.send_signal(signal.SIGTERM)
    status = server.wait()
    if os.path.exists(socket):
        os.unlink(socket)
    if result.returncode != 0 or status != 0:
        sys.exit(f'memcached, {mode}: {result.stdout}{result.stderr}, exit status {status}')
    return used


def main():
    binaries = os.path.abspath(sys.argv[1])
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 30
    work = os.path.abspath(sys.argv[3] if len(sys.argv) > 3 else os.path.join(binaries, '..', 'server'))
    os.makedirs(work, exist_ok=True)
    plain = build(os.path.join(work, 'plain'), 'gcc')
    instrumented = build(os.path.join(work, 'instrumented'), f'{os.path.join(binaries, "mutray-cc")} gcc')
    ratios, base = {name: [] for name in ['plain again', *cost_build.MODES]}, []
    with tempfile.TemporaryDirectory() as scratch:
        load = os.path.join(scratch, 'cacheload')
        subprocess.run(['gcc', '-O2', '-pthread', os.path.join(REALWORLD, 'loads', 'cacheload.c'), '-o', load], check=True)
        for _ in range(rounds):
            order = random.sample(list(ratios), len(ratios))
            times = {name: run(plain if name == 'plain again' else instrumented, load, name, scratch) for name in order}
            base.append(run(plain, load, 'plain', scratch))
            for name, seconds in times.items():
                ratios[name].append(seconds / base[-1])
    print(f'| memcached, CPU time relative to plain ({statistics.median(base):.2f} s); median of {rounds} rounds | | goal |')
    print('|---|---|---|')
    for name, found in ratios.items():
        print(f'| {name} | {statistics.median(found):.3f} | {GOALS.get(name) or ""} |')


if __name__ == '__main__':
    main()

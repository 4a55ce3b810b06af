#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What a lock and unlock cost in CPU time, relative to the same program built plain. Prints a table; asserts nothing.

Each round runs every program once, in random order, and compares within the round; a figure is the median of the
rounds. `plain again` shows the noise. Beside mutray's modes stand a textbook LD_PRELOAD interposer (interposer.c) and,
where they are installed, LTTng-UST's pthread wrapper (loaded, nothing traced) and valgrind's DRD, which is so slow that
it is run in a few rounds only.

Usage: cost.py BINARIES [ROUNDS [WORKLOAD...]]
"""
import glob
import os
import platform
import random
import shutil
import statistics
import subprocess
import sys
import tempfile

import cost_build

WORKLOADS = ['alone', 'one', 'many', 'deep', 'contend']
PAIRS = 400000
DRD_PAIRS, DRD_ROUNDS = 4000, 3


def contestants(plain, instrumented, scratch):
    """Name -> command, environment, pairs and rounds at most."""
    clean = cost_build.environment('plain', scratch)
    interposer = os.path.join(scratch, 'interposer.so')
    subprocess.run(['gcc', '-O2', '-shared', '-fPIC', os.path.join(cost_build.HERE, 'interposer.c'), '-o', interposer],
                   check=True)
    all_of_them = {'plain again': ([plain], clean, PAIRS, None)}
    for mode in cost_build.MODES:
        all_of_them['mutray: ' + mode] = ([instrumented], cost_build.environment(mode, scratch), PAIRS, None)
    all_of_them['LD_PRELOAD, two clock_gettime'] = ([plain], {**clean, 'LD_PRELOAD': interposer}, PAIRS, None)
    for wrapper in glob.glob('/usr/lib/*/liblttng-ust-pthread-wrapper.so')[:1]:
        all_of_them['LTTng-UST wrapper, not tracing'] = ([plain], {**clean, 'LD_PRELOAD': wrapper}, PAIRS, None)
    if shutil.which('valgrind'):
        command = ['valgrind', '-q', '--tool=drd', '--exclusive-threshold=10', plain]
        all_of_them['valgrind DRD'] = (command, clean, DRD_PAIRS, DRD_ROUNDS)
    return all_of_them


def run(command, environment, workload, pairs):
    if workload in ('contend', 'met'):
        pairs //= 10 # each is longer
    result = subprocess.run([*command, workload, str(pairs)], env=environment, capture_output=True, text=True)
    if result.returncode != 0:
        sys.exit(f'{command} {workload}: {result.stderr}')
    return float(result.stdout)


def measure(plain, others, workload, rounds):
    """Name -> ratios; and nanoseconds of the plain program."""
    ratios, base = {name: [] for name in others}, []
    for number in range(rounds):
        names = [name for name in others if others[name][3] is None or number < others[name][3]]
        random.shuffle(names)
        times = {name: run(*others[name][:2], workload, others[name][2]) for name in names}
        base.append(run([plain], others['plain again'][1], workload, PAIRS))
        for name in names:
            ratios[name].append(times[name] / base[-1])
    return ratios, base


def startup(program, environment, rounds):
    """Milliseconds of CPU time of a run that does nothing."""
    found = []
    for _ in range(rounds):
        quiet = [(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)]
        pid = os.posix_spawn(program, [program, 'alone', '0'], environment, file_actions=quiet)
        usage = os.wait4(pid, 0)[2]
        found.append((usage.ru_utime + usage.ru_stime) * 1000)
    return statistics.median(found)


def machine():
    with open('/proc/cpuinfo') as info:
        model = next((line.split(':')[1].strip() for line in info if line.startswith('model name')), 'unknown')
    with open('/sys/devices/system/clocksource/clocksource0/current_clocksource') as source:
        clock = source.read().strip()
    commit = subprocess.run(['git', '-C', cost_build.HERE, 'rev-parse', '--short', 'HEAD'], capture_output=True,
                            text=True)
    return f'{model}, {os.cpu_count()} processors, {platform.libc_ver()[1]} glibc, Linux {platform.release()}, ' \
           f'clock {clock}, load {os.getloadavg()[0]:.1f}, commit {commit.stdout.strip() or "unknown"}'


def main():
    binaries = sys.argv[1]
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 30
    workloads = sys.argv[3:] or WORKLOADS
    with tempfile.TemporaryDirectory() as scratch:
        plain, instrumented = cost_build.build(os.path.join(cost_build.HERE, 'cost.c'), binaries, scratch)
        others = contestants(plain, instrumented, scratch)
        found = {workload: measure(plain, others, workload, rounds) for workload in workloads}
        met = statistics.median(run([plain], others['plain again'][1], 'met', PAIRS) for _ in range(5))
        clean = others['plain again'][1]
        starts = [startup(program, clean, 3 * rounds) for program in (plain, instrumented)]
    print(f'{machine()}; median of {rounds} rounds; '
          f'contend: {met:.1f} % of the acquires find the lock held; '
          f'start and end, off: {starts[1]:.2f} ms, plain {starts[0]:.2f} ms\n')
    print('| CPU time per pair, relative to plain | ' + ' | '.join(workloads) + ' |')
    print('|---|' + '---|' * len(workloads))
    print('| plain, ns | ' + ' | '.join(f'{statistics.median(found[w][1]):.1f}' for w in workloads) + ' |')
    for name in others:
        print(f'| {name} | ' + ' | '.join(f'{statistics.median(found[w][0][name]):.2f}' for w in workloads) + ' |')


if __name__ == '__main__':
    main()

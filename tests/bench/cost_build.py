# SPDX-License-Identifier: Apache-2.0
"""What the measurements have in common: building a program plain and through mutray, and the modes it is run in."""
import os
import re
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
FLAGS = ['-O2', '-g', '-pthread', '-fno-omit-frame-pointer']

# How an instrumented program is run. A profile is made in memory and written at exit, after the measuring.
MODES = {
    'off': {},
    'default': {'DD_PROFILING_CAPTURE_PCT': '1'},
    'all, no stacks': {'DD_PROFILING_CAPTURE_PCT': '100', 'DD_PROFILING_MAX_FRAMES': '0'},
    'all': {'DD_PROFILING_CAPTURE_PCT': '100'},
}


def environment(mode, scratch):
    """The variables for a mode; without any of the caller's that would change it."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(('DD_', 'MUTRAY_'))}
    if not MODES.get(mode):
        return clean
    return {**clean, **MODES[mode], 'DD_PROFILING_OUTPUT_PPROF': os.path.join(scratch, 'profile')}


def build(source, binaries, scratch, extra=()):
    """Compiles the source twice, and returns the plain and the instrumented program."""
    plain, instrumented = (os.path.join(scratch, name) for name in ('plain', 'instrumented'))
    for compiler, program in ((['gcc'], plain), ([os.path.join(binaries, 'mutray-cc'), 'gcc'], instrumented)):
        subprocess.run([*compiler, *FLAGS, source, '-o', program, *extra], check=True)
    return plain, instrumented


def instructions(command, mode, scratch):
    """Counts the instructions of a run, by callgrind."""
    result = subprocess.run(['valgrind', '--tool=callgrind', '--callgrind-out-file=/dev/null', *command],
                            env=environment(mode, scratch), capture_output=True, text=True)
    found = re.search(r'Collected : (\d+)', result.stderr)
    if result.returncode != 0 or not found:
        sys.exit(f'{" ".join(command)} under callgrind: {result.stderr}')
    return int(found[1])

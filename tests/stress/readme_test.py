#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every command of samples/stress/README.md works as it stands there. Only what would take long or go elsewhere is
replaced: durations and workers become 1 and 1, the agent's port that of a server of our own, the site one that does not
exist, `build` the build folder that is tested.

Usage: readme_test.py SOURCE_FOLDER BUILD_FOLDER
"""
import glob
import os
import re
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'upload'))
import capture


def code_blocks(text):
    """The commands of each block for a shell."""
    for block in re.findall(r'^ *```sh\n(.*?)^ *```', text, re.M | re.S):
        yield [line.strip() for line in block.splitlines()]


def shortened(command):
    """The command as the test runs it."""
    command = re.sub(r'(stress_test(?:\.sh)?) \d+ \d+', r'\1 1 1', command)
    command = re.sub(r'(stress_test\.sh)$', r'\1 1 1', command)
    command = command.replace('=datadoghq.com', '=site.invalid')
    command = command.replace('/tmp/stress-clang', f'{BUILD}/samples/stress-readme')
    return re.sub(r'(?<![\w/.-])build(?=/|\s|$)', BUILD, command)


class Readme(unittest.TestCase):
    def run_block(self, commands, port):
        script = '\n'.join(f'echo "$ {c}" >&2\n{shortened(c)} || exit 1' for c in commands if not self.skipped(c))
        script = script.replace('localhost:8126', f'localhost:{port}')
        done = subprocess.run(['sh', '-c', script], cwd=SOURCE, input='y\n' * 9, text=True, capture_output=True,
                              timeout=170,
                              env=capture.clean_environment(MUTRAY_BUILD=BUILD, DD_TRACE_AGENT_PORT=str(port),
                                                            DD_AGENT_HOST='127.0.0.1',
                                                            DD_PROFILING_API_TIMEOUT_MS='300'))
        self.assertEqual(done.returncode, 0, f'{script}\n{done.stdout}\n{done.stderr}')

    @staticmethod
    def skipped(command):
        # Running under ctest already: the build exists, and the catalogue is run by its own tests.
        return command.startswith(('cmake ', 'ctest '))

    def test_commands(self):
        blocks = list(code_blocks(TEXT))
        self.assertGreater(sum(len(block) for block in blocks), 20)
        with capture.CaptureServer() as server:
            for block in blocks:
                with self.subTest(block=block[-1]):
                    self.run_block(block, server.port)
            self.assertGreater(sum(request.method == 'POST' for request in server.requests), 5)

    def test_names_are_those_of_the_source(self):
        with open(f'{SOURCE}/samples/stress/production_stress_test.c') as file:
            source = file.read().splitlines()
        names = re.findall(r'`production_stress_test\.c:(\d+):(\w+)`', TEXT)
        self.assertGreater(len(names), 2)
        for line, variable in names:
            self.assertIn(f'!CREATE! {variable} ', source[int(line) - 1])

    def test_files_are_there(self):
        for name in re.findall(r'`(\w+\.(?:c|sh))`', TEXT):
            self.assertTrue(name == 'file.c' or glob.glob(f'{SOURCE}/samples/stress/{name}'), name)


if __name__ == '__main__':
    BUILD, SOURCE = sys.argv.pop(2), sys.argv.pop(1)
    with open(f'{SOURCE}/samples/stress/README.md') as text:
        TEXT = text.read()
    unittest.main()

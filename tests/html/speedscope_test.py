#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`mutray export --speedscope`, opened in speedscope itself: our four values are there as its profiles, our locks as frames.

Usage: speedscope_test.py MUTRAY CHROMIUM CHROMEDRIVER PICTURES NPM FOLDER; FOLDER is where npm installs speedscope, once.
77 where a browser, npm or the package cannot be had.
"""
import base64
import json
import os
import subprocess
import sys
import tempfile
import time
import unittest

import browser
import make_pprof
from make_pprof import holds, waits

VERSION = '1.25.0'
LIMIT = 60
LOCKS = ['pool.c:5:conn_pool.lock', 'cache.c:9:cache_lock']


def install(npm, folder):
    """The page of speedscope, or None."""
    page = os.path.join(folder, 'node_modules', 'speedscope', 'dist', 'release', 'index.html')
    if not os.path.exists(page) and os.access(npm, os.X_OK):
        os.makedirs(folder, exist_ok=True)
        done = subprocess.run([npm, 'install', '--no-audit', '--no-fund', '--prefix', folder, f'speedscope@{VERSION}'],
                              capture_output=True, text=True, timeout=120)
        print(done.stdout or done.stderr)
    return page if os.path.exists(page) else None


class Speedscope(unittest.TestCase):
    def wait_for(self, script):
        """Until the script returns something true; speedscope says nowhere that it is ready."""
        end = time.monotonic() + LIMIT
        while True:
            result = BROWSER.run(script)
            if result:
                return result
            self.assertLess(time.monotonic(), end, f'never came true: {script}')
            time.sleep(0.1)

    def test_shows_our_locks(self):
        stack = (('pool_get', '/src/pool.c', 10), ('main', '/src/main.c', 20))
        with tempfile.TemporaryDirectory() as folder:
            profile, exported, script = (os.path.join(folder, name) for name in ('a.pprof', 'a.json', 'a.js'))
            make_pprof.write(profile, [
                waits(LOCKS[0], stack, 40_000_000, 40), holds(LOCKS[0], stack, 5_000_000, 50),
                waits(LOCKS[1], stack, 10_000_000, 5)])
            subprocess.run([MUTRAY, 'export', '--speedscope', '-o', exported, profile], check=True)
            with open(exported, 'rb') as file:
                content = base64.b64encode(file.read()).decode()
            with open(script, 'w') as file:  # as speedscope's own command line hands a file over
                file.write(f'speedscope.loadFileFromBase64("a.json", {json.dumps(content)})')
            BROWSER.open(f'file://{PAGE}#localProfilePath={script}')
            text = self.wait_for('return document.body.textContent.includes("lock-acquire-wait") && document.body.textContent')
            self.assertIn('1/4', text)
            BROWSER.press('3')  # the sandwich: a table of all frames
            self.wait_for('return document.querySelectorAll("tr").length > 0')
            text = BROWSER.run('return document.body.textContent')
            for frame in [*LOCKS, 'pool_get', 'main']:
                self.assertIn(frame, text)
            self.assertRegex(text, r'40(\.0+)?ms \(80(\.0+)?%\)')
            BROWSER.screenshot(os.path.join(PICTURES, 'speedscope-sandwich.png'))
            BROWSER.press('1')
            self.wait_for('return document.querySelectorAll("canvas").length > 0')
            BROWSER.screenshot(os.path.join(PICTURES, 'speedscope.png'))


if __name__ == '__main__':
    MUTRAY, CHROMIUM, CHROMEDRIVER, PICTURES, NPM, FOLDER = sys.argv[1:7]
    PAGE = install(NPM, FOLDER)
    if PAGE is None or not (os.access(CHROMIUM, os.X_OK) and os.access(CHROMEDRIVER, os.X_OK)):
        print('skipped: chromium, chromium-driver, npm or speedscope is not there')
        sys.exit(77)
    os.makedirs(PICTURES, exist_ok=True)
    BROWSER = browser.Browser(CHROMIUM, CHROMEDRIVER)
    try:
        status = unittest.main(argv=sys.argv[:1], exit=False).result
    finally:
        BROWSER.close()
    sys.exit(not status.wasSuccessful())

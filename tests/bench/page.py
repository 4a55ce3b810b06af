#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""How long the page of `mutray export --html` takes to open: 10,000 samples, in a headless Chromium, in a new tab each time.

Medians of: the wall time from the start of the navigation until the first row of the table is on the screen and until the
page is loaded, and the main thread's time until then (Chromium's own counters of the tab: all tasks, and of them scripts,
style and layout). The first opening, which warms the browser up, does not count.

Usage: page.py [--rounds N] [--samples N] CHROMIUM CHROMEDRIVER MUTRAY...; 77 where there is no browser. Several programs
(one before a change and one after it) take turns.
"""
import argparse
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / 'html'))
import browser  # noqa: E402
import make_pprof  # noqa: E402

# A frame is asked for when there is a row, and what is posted from within it runs after it was painted.
WATCH = '''
    new MutationObserver((_, observer) => {
        if (document.querySelector("#lock-table tbody tr") === null) return;
        observer.disconnect();
        requestAnimationFrame(() => {
            const channel = new MessageChannel();
            channel.port1.onmessage = () => { window.firstRow = performance.now(); };
            channel.port2.postMessage(null);
        });
    }).observe(document, { childList: true, subtree: true });'''
SPENT = '''
    const loaded = performance.getEntriesByType("navigation")[0].loadEventEnd;
    return window.firstRow > 0 && loaded > 0 ? [window.firstRow, loaded] : null;'''
COUNTERS = {'tasks': 'TaskDuration', 'scripts': 'ScriptDuration', 'style': 'RecalcStyleDuration', 'layout': 'LayoutDuration'}
LIMIT = 60


def open_once(chromium, page):
    chromium.new_tab()
    chromium.tell('Performance.enable')
    chromium.tell('Page.addScriptToEvaluateOnNewDocument', source=WATCH)
    chromium.open(page.as_uri())
    end = time.monotonic() + LIMIT
    while (spent := chromium.run(SPENT)) is None:
        if time.monotonic() > end:
            raise RuntimeError(f'no row of the table in {LIMIT} s')
        time.sleep(0.05)
    told = {metric['name']: metric['value'] for metric in chromium.tell('Performance.getMetrics')['metrics']}
    return {'first row': spent[0], 'loaded': spent[1], **{name: 1000 * told[key] for name, key in COUNTERS.items()}}


def measure(chromium, pages, rounds):
    times = [[] for _ in pages]
    for at in range(rounds + 1):
        for page, of_page in zip(pages, times):
            once = open_once(chromium, page)
            if at > 0:
                of_page.append(once)
    return times


def main():
    parser = argparse.ArgumentParser(description='How long the page of `mutray export --html` takes to open.')
    parser.add_argument('--rounds', type=int, default=11)
    parser.add_argument('--samples', type=int, default=10_000)
    parser.add_argument('chromium')
    parser.add_argument('chromedriver')
    parser.add_argument('mutray', nargs='+')
    given = parser.parse_args()
    if not (os.access(given.chromium, os.X_OK) and os.access(given.chromedriver, os.X_OK)):
        print('skipped: chromium and chromium-driver are not installed')
        return 77
    with tempfile.TemporaryDirectory() as folder:
        profile = pathlib.Path(folder, 'large.pprof')
        make_pprof.write(profile, make_pprof.many(given.samples))
        pages = [pathlib.Path(folder, f'{at}.html') for at in range(len(given.mutray))]
        for mutray, page in zip(given.mutray, pages):
            subprocess.run([mutray, 'export', '--html', '-o', page, profile], check=True)
        chromium = browser.Browser(given.chromium, given.chromedriver)
        try:
            times = measure(chromium, pages, given.rounds)
        finally:
            chromium.close()
        for mutray, page, of_page in zip(given.mutray, pages, times):
            print(f'{mutray}: {given.samples} samples, {page.stat().st_size / 1e6:.2f} MB, {given.rounds} times, ms')
            for name in of_page[0]:
                all_times = sorted(once[name] for once in of_page)
                print(f'  {name:10} median {statistics.median(all_times):6.0f}  ({all_times[0]:.0f} to {all_times[-1]:.0f})')
    return 0


if __name__ == '__main__':
    sys.exit(main())

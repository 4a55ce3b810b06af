#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The page of `mutray export --html` in a headless Chromium: what it shows against `mutray report --json` and against the
samples themselves, and that it can be used with the keyboard, in the dark, and with hostile names.

Usage: page_test.py MUTRAY CHROMIUM CHROMEDRIVER PICTURES [unittest arguments]; 77 where there is no browser.
"""
import gzip
import html.parser
import json
import os
import subprocess
import sys
import tempfile
import time
import unittest

import browser
import make_pprof
from make_pprof import holds, sample, waits

SECOND = 1_000_000_000
SOURCE = '\n'.join(f'line {number} <b>&amp;' for number in range(1, 41)) + '\n'


def mutray(*arguments):
    done = subprocess.run([MUTRAY, *arguments], capture_output=True, text=True, timeout=60)
    if done.returncode != 0:
        raise RuntimeError(done.stderr)
    return done.stdout


def frames(folder, *names):
    return tuple((name, os.path.join(folder, 'pool.c'), 10 * (at + 1)) for at, name in enumerate(names))


def usual_samples(folder, scale):
    get, put = frames(folder, 'pool_get', 'serve', 'main'), frames(folder, 'pool_put', 'serve', 'main')
    pool = {'lock_declaration': 'conn_pool.lock', 'thread_native_id': 7, 'thread_name': 'worker-1'}
    return [
        waits('pool.c:5:lock', get, 40_000_000 * scale, 40, holder='pool.c:10:pool_put', **pool),
        waits('pool.c:5:lock', put, 8_000_000 * scale, 2, holder='pool.c:10:pool_get', **pool),
        sample('pool.c:5:lock', get, acquire=1000, **pool),
        holds('pool.c:5:lock', get, 3_000_000, 1000, **pool),
        holds('pool.c:5:lock', put, 90_000_000, 42, **pool),
        waits('cache.c:9:cache_lock', put, 5_000_000, 5, holder='cache.c:30:refill', thread_native_id=8),
        holds('cache.c:9:cache_lock', put, 700_000, 5, thread_native_id=8),
        sample('log.c:3:log_lock', get, acquire=5000, thread_native_id=8),
    ]


class PageTest(unittest.TestCase):
    """Helpers; each class below is about one page or one topic."""

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.folder.cleanup)

    @classmethod
    def path(cls, name):
        return os.path.join(cls.folder.name, name)

    @classmethod
    def export(cls, *arguments, name='page.html'):
        mutray('export', '--html', '-o', cls.path(name), *arguments)
        return cls.path(name)

    def open(self, path):
        BROWSER.log('browser')
        BROWSER.open('file://' + path)

    def text(self, selector):
        return BROWSER.run('return document.querySelector(arguments[0]).textContent', selector)

    def wait_for_text(self, selector, wanted):
        end = time.monotonic() + 60
        while wanted not in self.text(selector):
            self.assertLess(time.monotonic(), end, f'no {wanted} in {selector}: {self.text(selector)}')
            time.sleep(0.02)

    def texts(self, selector):
        return BROWSER.run('return [...document.querySelectorAll(arguments[0])].map(e => e.textContent)', selector)

    def attributes(self, selector, name):
        return BROWSER.run('return [...document.querySelectorAll(arguments[0])].map(e => e.getAttribute(arguments[1]))',
                           selector, name)

    def focused(self):
        return BROWSER.run('const e = document.activeElement; return e.id || e.getAttribute("data-key") || '
                           'e.getAttribute("data-lane") || e.getAttribute("role") || e.textContent')

    def assert_quiet(self):
        """No error in the page, and nothing its policy had to forbid."""
        self.assertEqual([entry['message'] for entry in BROWSER.log('browser')], [])


class ThreeFiles(PageTest):
    """Three files of one process, with source lines. The last lasts twice as long as the others."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        with open(cls.path('pool.c'), 'w') as file:
            file.write(SOURCE)
        cls.profiles = [cls.path(f'app.100.{seq}.pprof') for seq in (1, 2, 3)]
        for i, path in enumerate(cls.profiles):
            start = 1_700_000_000 * SECOND + i * SECOND
            make_pprof.write(path, usual_samples(cls.folder.name, (1, 3, 2)[i]), start_ns=start,
                             duration_ns=(1, 1, 2)[i] * SECOND)
        cls.report = json.loads(mutray('report', '--json', *cls.profiles))
        cls.page = cls.export(*cls.profiles)

    def setUp(self):
        BROWSER.prefer('light')
        self.open(self.page)

    def rows(self):
        return self.texts('#lock-table tbody th button')

    def test_rows_are_the_locks_most_waiting_first(self):
        self.assertEqual(self.rows(), ['pool.c:5:conn_pool.lock', 'cache.c:9:cache_lock', 'log.c:3:log_lock'])
        self.assertEqual(self.text('#program'), 'app')
        cells = self.texts('#lock-table tbody tr:first-child td')
        self.assertEqual(cells[0], '3126')
        self.assertEqual(cells[2], '288ms')
        self.assertEqual(self.report['locks'][0]['wait_total'], 288_000_000)
        self.assertEqual(self.text('#tiles .wait dd'), '303ms')
        self.assertIn('95.0% of all waiting', self.text('#headline'))
        self.assert_quiet()

    def test_says_what_the_terminal_says(self):
        report = subprocess.run([MUTRAY, 'report', *self.profiles], capture_output=True, text=True, check=True,
                                env={**os.environ, 'COLUMNS': '300'}).stdout.splitlines()
        first = next(at for at, line in enumerate(report) if line.startswith('pool.c'))
        for at, line in enumerate(report[first:first + 3], 1):
            self.assertEqual(self.texts(f'#lock-table tbody tr:nth-child({at}) td'), line.split()[1:])

    def test_table_is_one(self):
        columns = self.attributes('#lock-table thead tr:last-child th', 'scope')
        self.assertEqual(set(columns), {'col'})
        for count in BROWSER.run('return [...document.querySelectorAll("#lock-table tr")].map(r => '
                                 '[...r.cells].reduce((sum, cell) => sum + cell.colSpan, 0))'):
            self.assertEqual(count, len(columns))
        self.assertEqual(set(self.attributes('#lock-table tbody th', 'scope')), {'row'})

    def test_sorting(self):
        by_count = sorted(self.report['locks'], key=lambda lock: -lock['acquisitions'])
        BROWSER.click('button[data-key=acquisitions]')
        self.assertEqual([name.split(':')[0] for name in self.rows()], [lock['name'].split(':')[0] for lock in by_count])
        self.assertEqual(self.attributes('#lock-table th[aria-sort]', 'aria-sort'), ['descending'])
        self.assertEqual(self.focused(), 'acquisitions')
        BROWSER.press('Enter')
        self.assertEqual([name.split(':')[0] for name in self.rows()], [lock['name'].split(':')[0] for lock in by_count[::-1]])
        self.assertEqual(self.attributes('#lock-table th[aria-sort]', 'aria-sort'), ['ascending'])
        BROWSER.click('button[data-key=name]')
        self.assertEqual(self.rows(), sorted(self.rows()))

    def test_what_is_not_told_comes_last(self):
        for _ in range(2):
            BROWSER.click('button[data-key=wait_p99]')
            self.assertEqual(self.rows()[-1], 'log.c:3:log_lock')

    def test_filter(self):
        BROWSER.click('#filter')
        BROWSER.press('CONN_')
        self.assertEqual(self.rows(), ['pool.c:5:conn_pool.lock'])
        self.assertEqual(self.text('#filter-count'), '1 of 3 locks')

    def test_columns(self):
        before = len(self.texts('#lock-table thead tr:last-child th'))
        BROWSER.click('.menu summary')
        BROWSER.click('#columns label:first-of-type input')
        self.assertEqual(len(self.texts('#lock-table thead tr:last-child th')), before + 1)
        self.assertEqual(self.text('#lock-table tbody td'), 'conn_pool.lock')

    def test_choosing_a_lock(self):
        self.assertIn('conn_pool', self.text('#detail-title'))
        BROWSER.click('button[data-lock="1"]')
        self.assertEqual(self.text('#detail-title'), 'Lock cache.c:9:cache_lock')
        self.assertEqual(self.attributes('button[data-lock]', 'aria-pressed'), ['false', 'true', 'false'])

    def test_choosing_a_lock_by_keyboard(self):
        for key, lock in ('Space', 2), ('Enter', 1):
            BROWSER.run('document.querySelector(`button[data-lock="${arguments[0]}"]`).focus()', lock)
            BROWSER.press(key)
            self.assertEqual(self.text('#detail-title'), f'Lock {self.rows()[lock]}')

    def test_ribbons_are_as_thick_as_the_wait(self):
        thick = map(float, self.attributes('#blocking-chart path.ribbon', 'stroke-width'))
        waits = map(int, self.attributes('#blocking-chart g.edge', 'data-wait'))
        ratios = [wide / wait for wide, wait in zip(thick, waits, strict=True)]
        self.assertEqual(len(ratios), 3)
        for ratio in ratios:
            self.assertAlmostEqual(ratio / ratios[0], 1, places=6)

    def test_histograms(self):
        for kind in 'wait', 'hold':
            counts = [int(count) for count in self.attributes(f'#{kind}-histogram rect.bar', 'data-count')]
            told = {bucket['from']: bucket['count'] for bucket in self.report['locks'][0][f'{kind}_buckets']}
            size, wanted = min(told), []
            while size <= max(told):
                wanted.append(told.get(size, 0))
                size *= 2
            self.assertEqual(counts, wanted)
            tall = [float(height) for height in self.attributes(f'#{kind}-histogram rect.bar', 'height')]
            self.assertEqual(tall.index(max(tall)), counts.index(max(counts)))
            self.assertIn('99 % below', self.attributes(f'#{kind}-histogram svg', 'aria-label')[0])

    def test_source_lines(self):
        here = self.texts('#detail .site pre .here')
        self.assertIn('line 10 <b>&amp;', here)
        self.assertEqual(self.texts('#detail .site pre')[0].count('line'), 7)
        page = self.export('--no-source', *self.profiles, name='plain.html')
        with open(page) as file:
            self.assertNotIn('line 10', file.read())

    def test_timeline(self):
        heights = [float(height) for height in self.attributes('#timeline-chart rect[data-lock="0"]', 'height')]
        self.assertEqual(len(heights), 3)
        self.assertAlmostEqual(heights[0] * 3, heights[1], delta=0.01)
        self.assertAlmostEqual(heights[0], heights[2], delta=0.01)  # twice as much in twice the time
        self.assertEqual(len(self.attributes('#timeline-chart rect[data-lock="all"]', 'height')), 3)
        BROWSER.click('#timeline input[value=acquire]')
        self.assertEqual(self.attributes('#timeline-chart [data-lane]', 'data-lane'), ['2', '0', '1'])
        BROWSER.click('#timeline-chart [data-lane="1"]')
        self.assertIn('cache_lock', self.text('#detail-title'))

    def test_no_timeline_of_one_file(self):
        self.open(self.export(self.profiles[0], name='one.html'))
        self.assertFalse(BROWSER.run('return document.getElementById("timeline").checkVisibility()'))

    def test_who_blocks_whom(self):
        pairs = [(pair['wait_total'], pair['waiter'], pair['holder'])
                 for lock in self.report['locks'] for pair in lock['blocked']]
        edges = self.attributes('#blocking-chart g.edge', 'data-wait')
        self.assertEqual(sorted(map(int, edges)), sorted(pair[0] for pair in pairs))
        labels = self.attributes('#blocking-chart g.edge', 'aria-label')
        for _, waiter, holder in pairs:
            self.assertTrue(any(label.startswith(f'{waiter} waited') and f'held at {holder}' in label for label in labels))
        BROWSER.click('#blocking-controls input')
        self.assertEqual(len(self.attributes('#blocking-chart g.edge', 'data-wait')), 2)

    def boxes(self):
        """(level, name, share of the width) of the flame graph's boxes"""
        return BROWSER.run('return [...document.querySelectorAll("#flame-chart button")].map(b => '
                           '[+b.getAttribute("aria-level"), b.textContent, parseFloat(b.style.width)])')

    def test_flame_graph_leaf_and_root(self):
        leaf = self.boxes()
        self.assertEqual([name for level, name, _ in leaf if level < 4], ['all', 'main', 'serve'])
        locks = [(level, name) for level, name, _ in leaf if name == 'pool.c:5:conn_pool.lock']
        self.assertEqual(locks, [(5, 'pool.c:5:conn_pool.lock')] * 2)
        BROWSER.click('#flame input[value=root]')
        root = {(level, name): width for level, name, width in self.boxes()}
        self.assertAlmostEqual(root[2, 'pool.c:5:conn_pool.lock'], 100 * 288 / 303, places=3)
        self.assertAlmostEqual(root[2, 'cache.c:9:cache_lock'], 100 * 15 / 303, places=3)
        BROWSER.click('#flame input[value=hold]')
        root = {(level, name): width for level, name, width in self.boxes()}
        self.assertAlmostEqual(root[2, 'pool.c:5:conn_pool.lock'], 100 * 93 / 93.7, places=3)
        BROWSER.click('#flame-controls input[type=checkbox]')
        self.assertNotIn('cache.c:9:cache_lock', [name for _, name, _ in self.boxes()])

    def test_flame_graph_by_keyboard(self):
        BROWSER.run('document.querySelector("#flame-chart button").focus()')
        BROWSER.press('Down', 'Down', 'Down', 'Right', 'Left')
        self.assertEqual(BROWSER.run('return document.activeElement.textContent'), 'pool_get')
        BROWSER.press('Up')
        self.assertEqual(BROWSER.run('return document.activeElement.textContent'), 'serve')
        BROWSER.press('Home')
        self.assertEqual(BROWSER.run('return document.activeElement.textContent'), 'all')
        BROWSER.press('Down', 'Down', 'Down', 'Right')
        name = BROWSER.run('return document.activeElement.textContent')
        self.assertEqual(name, 'pool_put')
        BROWSER.press('Enter')
        widths = {name: width for _, name, width in self.boxes()}
        self.assertEqual(widths['pool_put'], 100)
        self.assertNotIn('pool_get', widths)
        self.assertEqual(BROWSER.run('return document.activeElement.textContent'), 'pool_put')
        BROWSER.press('Escape')
        self.assertIn('pool_get', [name for _, name, _ in self.boxes()])

    def test_focus_order(self):
        order = []
        BROWSER.run('document.activeElement.blur()')
        for _ in range(8):
            BROWSER.press('Tab')
            order.append(self.focused())
            outline = BROWSER.run('const s = getComputedStyle(document.activeElement); return `${s.outlineStyle} ${s.outlineWidth}`')
            self.assertEqual(outline, 'solid 3px', f'{order[-1]} does not show that it has the focus')
        self.assertEqual(order, ['Skip to the locks', 'theme', 'filter', 'Columns', 'region', 'name', 'acquisitions',
                                 'contended_pct'])

    def test_everything_has_a_name(self):
        nameless = BROWSER.run('''return [...document.querySelectorAll("button, input, select, summary, section, " +
            "[role=img], [role=group], [role=region], [role=button], [role=tree], [role=treeitem]")].filter(e => {
                const by = e.getAttribute("aria-labelledby");
                const text = e.getAttribute("aria-label") || (by && document.getElementById(by)?.textContent) ||
                    e.textContent || e.closest("label")?.textContent || "";
                return text.trim() === "";
            }).map(e => e.outerHTML.slice(0, 120))''')
        self.assertEqual(nameless, [])
        ids = self.attributes('[id]', 'id')
        self.assertEqual(len(ids), len(set(ids)))
        self.assertEqual(self.attributes('html', 'lang'), ['en'])

    CONTRAST = '''
        const luminance = ([r, g, b]) => [r, g, b].map(c => c / 255).map(c => c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
            .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
        const parts = text => text.match(/[\\d.]+/g).map(Number);
        const ground = e => {
            for (; e; e = e.parentElement) {
                const colour = parts(getComputedStyle(e).backgroundColor);
                if (colour.length < 4 || colour[3] > 0.99) return colour;
            }
            return [255, 255, 255];
        };
        const bad = [];
        for (const e of document.querySelectorAll("body *:not(script, style, noscript)")) {
            if (![...e.childNodes].some(n => n.nodeType === 3 && n.data.trim()) || !e.checkVisibility()) continue;
            if (e.closest("title, .edge")) continue;
            const style = getComputedStyle(e);
            const [a, b] = [luminance(parts(e.closest("svg") ? style.fill : style.color)), luminance(ground(e))];
            const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
            if (contrast < 4.5) bad.push(`${e.tagName} ${e.className.baseVal ?? e.className} ${e.textContent.slice(0, 30)} ${contrast}`);
        }
        return bad;'''

    def test_light_and_dark(self):
        ground = 'return getComputedStyle(document.body).backgroundColor'
        light = BROWSER.run(ground)
        self.assertEqual(BROWSER.run(self.CONTRAST), [])
        BROWSER.screenshot(os.path.join(PICTURES, 'light.png'))
        BROWSER.prefer('dark')
        dark = BROWSER.run(ground)
        self.assertNotEqual(light, dark)
        self.wait_for_text('#theme', 'Light')  # the page hears of it with the next frame
        self.assertEqual(BROWSER.run(self.CONTRAST), [])
        BROWSER.screenshot(os.path.join(PICTURES, 'dark.png'))
        BROWSER.click('#theme')
        self.assertEqual(BROWSER.run(ground), light)
        self.assertIn('Dark', self.text('#theme'))
        self.open(self.page)
        self.assertEqual(BROWSER.run(ground), light, 'the choice is forgotten')
        BROWSER.run('localStorage.clear()')

    def test_narrow_window(self):
        BROWSER.tell('Emulation.setDeviceMetricsOverride', width=400, height=800, deviceScaleFactor=1, mobile=True)
        try:
            self.open(self.page)
            self.assertLessEqual(BROWSER.run('return document.documentElement.scrollWidth'), 400)
            BROWSER.screenshot(os.path.join(PICTURES, 'narrow.png'))
        finally:
            BROWSER.tell('Emulation.clearDeviceMetricsOverride')

    def test_nothing_is_fetched(self):
        BROWSER.requests()
        self.open(self.page)
        for selector in '#flame input[value=root]', '#timeline input[value=hold]', '#theme':
            BROWSER.click(selector)
        BROWSER.run('localStorage.clear()')
        asked = BROWSER.requests()
        self.assertIn('file://' + self.page, asked)
        self.assertEqual([url for url in asked if url != 'file://' + self.page and not url.startswith('data:')], [])
        links = []

        class Finder(html.parser.HTMLParser):
            def handle_starttag(self, tag, attributes):
                links.extend(value for key, value in attributes if key in ('src', 'href', 'action', 'srcset', 'data'))

        with open(self.page) as file:
            Finder().feed(file.read())
        self.assertEqual(sorted(links), ['#locks', 'data:,'])


class Hostile(PageTest):
    """Names that would like to be more than names."""

    NAMES = ['</script><script>window.hit = 1</script>', '"><img src=x onerror="window.hit = 1">', "'+(window.hit = 1)+'",
             '<!--<script>', ']]>', '\u2028window.hit = 1\u2029', '${window.hit = 1}', '&lt;b&gt;', 'javascript:window.hit=1',
             '\\u003cscript>', '\x01\x1b[31m', '__proto__', 'constructor']

    def test_names_are_inert(self):
        samples = []
        for name in self.NAMES:
            stack = ((name, name, 3), (name, '/src/' + name, 4))
            samples.append(waits(f'{name}:1:{name}', stack, 1_000_000, lock_declaration=name, lock_kind=name, holder=name,
                                 thread_name=name, thread_native_id=1))
            samples.append(holds(f'{name}:1:{name}', stack, 1_000_000, lock_declaration=name, lock_kind=name, thread_native_id=1))
        paths = [self.path(f'{i}.pprof') for i in range(2)]
        for i, path in enumerate(paths):
            make_pprof.write(path, samples, program='/' + self.NAMES[0].replace('/', ''), pid=self.NAMES[4],
                             start_ns=SECOND * (i + 1))
        page = self.export(*paths)
        self.open(page)
        self.assertEqual(len(self.texts('#lock-table tbody tr')), len(self.NAMES))
        for i in range(len(self.NAMES)):
            BROWSER.click(f'button[data-lock="{i}"]')
        BROWSER.click('#flame input[value=root]')
        self.assertIsNone(BROWSER.run('return window.hit ?? null'))
        self.assertEqual(self.attributes('img, iframe, a[href^=javascript]', 'src'), [])
        self.assertEqual(len(self.texts('script')), 2)
        shown = ''.join(self.texts('#lock-table tbody th button'))
        for name in self.NAMES:
            self.assertIn(name, shown)
        self.assert_quiet()

    def test_bytes_that_are_no_text(self):
        path = self.path('bytes.pprof')
        make_pprof.write(path, [waits('a.c:1:\udcff\udc80m', (('f\udcc3', 'a.c', 1),), 1000)])
        self.open(self.export(path))
        self.assertEqual(self.texts('#lock-table tbody th button'), ['a.c:1:\ufffd\ufffdm'])

    def test_only_sources_are_read(self):
        secret, fifo = self.path('id_rsa'), self.path('pipe.c')
        with open(secret, 'w') as file:
            file.write('the secret\n')
        os.mkfifo(fifo)
        samples = [waits(f'{i}.c:1:m', (('f', path, 1),), 1000) for i, path in enumerate([secret, fifo, '/dev/zero', self.path(''), ''])]
        path = self.path('secret.pprof')
        make_pprof.write(path, samples)
        with open(self.export(path)) as file:
            page = file.read()
        self.assertNotIn('the secret', page)
        self.assertIn('"sources":[]', page)

    def test_what_is_not_told_is_not_shown_as_nothing(self):
        path = self.path('python.pprof')
        make_pprof.write(path, [sample('app.py:1:lock', (('f', 'app.py', 2),), wait=5000, acquire=7, hold=9000, release=7)])
        with gzip.open(path) as file:
            content = file.read()
        with open(path, 'wb') as file:  # as if it were not ours: without our comments
            file.write(content.replace(b'mutray.', b'others.'))
        self.open(self.export(path))
        self.assertEqual(self.texts('#lock-table tbody td')[:6], ['7', '-', '5.00us', '714ns', '-', '-'])
        self.assertIn('does not tell', self.text('#wait-histogram'))
        self.assertIn('in 7 acquisitions', self.text('#detail .site'))
        self.assertIn('no holder is known', self.text('#blocking-line'))
        self.assert_quiet()

    def test_no_locks(self):
        path = self.path('none.pprof')
        make_pprof.write(path, [])
        subprocess.run([MUTRAY, 'export', '--html', '-o', self.path('none.html'), path], capture_output=True, check=True)
        self.open(self.path('none.html'))
        self.assertIn('No locks', self.text('#headline'))
        self.assert_quiet()


class Large(PageTest):
    def test_ten_thousand_samples(self):
        path = self.path('large.pprof')
        make_pprof.write(path, make_pprof.many(10_000))
        page = self.export(path)
        self.open(page)
        spent = BROWSER.run('const t = performance.getEntriesByType("navigation")[0]; return [t.domInteractive, t.loadEventEnd]')
        print(f'10,000 samples: {os.path.getsize(page) / 1e6:.1f} MB, read and drawn in {spent[1]:.0f} ms')
        self.assertLess(spent[1], 30_000)
        locks = len(json.loads(mutray('report', '--json', path))['locks'])
        self.assertEqual(len(self.texts('#lock-table tbody tr')), min(locks, 50))
        if locks > 50:
            BROWSER.click('#more-locks')
            self.assertEqual(len(self.texts('#lock-table tbody tr')), locks)
        self.assertGreater(len(self.texts('#flame-chart button')), 50)
        self.assert_quiet()
        BROWSER.screenshot(os.path.join(PICTURES, 'large.png'))


if __name__ == '__main__':
    MUTRAY, CHROMIUM, CHROMEDRIVER, PICTURES = sys.argv[1:5]
    if not (os.access(CHROMIUM, os.X_OK) and os.access(CHROMEDRIVER, os.X_OK)):
        print('skipped: chromium and chromium-driver are not installed')
        sys.exit(77)
    os.makedirs(PICTURES, exist_ok=True)
    BROWSER = browser.Browser(CHROMIUM, CHROMEDRIVER)
    try:
        status = unittest.main(argv=[sys.argv[0], *sys.argv[5:]], exit=False).result
    finally:
        BROWSER.close()
    sys.exit(not status.wasSuccessful())

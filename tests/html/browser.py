# SPDX-License-Identifier: Apache-2.0
"""A headless Chromium, driven through chromedriver with nothing but the standard library (the protocol is W3C WebDriver)."""
import base64
import json
import re
import subprocess
import tempfile
import urllib.request

OPTIONS = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--disable-background-networking', '--no-first-run',
           '--hide-scrollbars', '--window-size=1400,1000']
KEYS = {'Tab': '\ue004', 'Enter': '\ue007', 'Escape': '\ue00c', 'Space': '\ue00d', 'Left': '\ue012', 'Up': '\ue013',
        'Right': '\ue014', 'Down': '\ue015', 'Home': '\ue011'}
ELEMENT = 'element-6066-11e4-a52e-4f735466cecf'
LIMIT = 120


class Browser:
    def __init__(self, chromium, chromedriver):
        self.folder = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        self.driver = subprocess.Popen([chromedriver, '--port=0'], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        for line in self.driver.stdout:
            started = re.search(r'started successfully on port (\d+)', line)
            if started:
                break
        else:
            raise RuntimeError('chromedriver did not start')
        self.url = f'http://127.0.0.1:{started[1]}/session'
        options = {'binary': chromium, 'args': [*OPTIONS, f'--user-data-dir={self.folder.name}']}
        wanted = {'goog:chromeOptions': options, 'goog:loggingPrefs': {'performance': 'ALL', 'browser': 'ALL'}}
        session = self.call('', {'capabilities': {'alwaysMatch': wanted}})
        self.url += f"/{session['sessionId']}"

    def close(self):
        try:
            self.call('', method='DELETE')
        finally:
            self.driver.terminate()
            self.driver.wait(LIMIT)
            self.driver.stdout.close()
            self.folder.cleanup()

    def call(self, path, body=None, method=None):
        request = urllib.request.Request(self.url + path, None if body is None else json.dumps(body).encode(),
                                         {'Content-Type': 'application/json'}, method=method)
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # never through a proxy
        try:
            with opener.open(request, timeout=LIMIT) as answer:
                return json.load(answer)['value']
        except urllib.error.HTTPError as error:
            raise RuntimeError(json.load(error)['value']['message'].splitlines()[0]) from None

    def open(self, url):
        self.call('/url', {'url': url})

    def run(self, script, *arguments):
        """The value of a JavaScript function's body."""
        return self.call('/execute/sync', {'script': script, 'args': arguments})

    def click(self, selector):
        found = self.call('/element', {'using': 'css selector', 'value': selector})
        self.run('arguments[0].scrollIntoView({block: "center"})', found)
        self.call(f'/element/{found[ELEMENT]}/click', {})

    def press(self, *keys):
        """Keys by name, or texts to be typed."""
        actions = []
        for word in keys:
            for key in [KEYS[word]] if word in KEYS else word:
                actions += [{'type': 'keyDown', 'value': key}, {'type': 'keyUp', 'value': key}]
        self.call('/actions', {'actions': [{'type': 'key', 'id': 'keyboard', 'actions': actions}]})

    def tell(self, command, **parameters):
        """A command of Chromium's own protocol."""
        return self.call('/goog/cdp/execute', {'cmd': command, 'params': parameters})

    def prefer(self, scheme):
        self.tell('Emulation.setEmulatedMedia', features=[{'name': 'prefers-color-scheme', 'value': scheme}])

    def new_tab(self):
        tab = self.call('/window/new', {'type': 'tab'})['handle']
        self.call('/window', method='DELETE')
        self.call('/window', {'handle': tab})

    def log(self, kind):
        return self.call('/se/log', {'type': kind})

    def requests(self):
        """Addresses that were asked for since the last call."""
        messages = [json.loads(entry['message'])['message'] for entry in self.log('performance')]
        return [message['params']['request']['url'] for message in messages if message['method'] == 'Network.requestWillBeSent']

    def screenshot(self, path):
        # What is below the window has its height only once it is laid out.
        self.run('scrollTo(0, 0); const all = new CSSStyleSheet(); document.adoptedStyleSheets.push(all);'
                 'all.replaceSync("* { content-visibility: visible !important; }")')
        size = self.run('return [outerWidth, outerHeight - innerHeight + Math.min(16000, document.documentElement.scrollHeight)]')
        self.call('/window/rect', {'width': size[0], 'height': size[1]})
        with open(path, 'wb') as file:
            file.write(base64.b64decode(self.call('/screenshot')))
        self.call('/window/rect', {'width': 1400, 'height': 1000})

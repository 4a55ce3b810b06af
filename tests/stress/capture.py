# SPDX-License-Identifier: Apache-2.0
"""A stand-in for the agent and the intake: takes profile uploads on 127.0.0.1 and keeps their parts."""
import email.parser
import email.policy
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Capture:
    """with Capture() as server: … server.port, server.uploads (a list of {filename: bytes})"""

    def __init__(self, status=200):
        self.uploads, self.paths = [], []
        capture = self

        class Handler(BaseHTTPRequestHandler):
            def log_message(self, *words):
                pass

            def answer(self, code, text=b'{}'):
                self.send_response(code)
                self.send_header('Content-Length', str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            def do_GET(self):
                self.answer(200, b'{"endpoints":["/profiling/v1/input"],"version":"7.99.0"}')

            def body(self):
                if 'chunked' not in self.headers.get('Transfer-Encoding', ''):
                    return self.rfile.read(int(self.headers['Content-Length']))
                body = b''
                while size := int(self.rfile.readline().strip(), 16):
                    body += self.rfile.read(size)
                    self.rfile.readline()
                self.rfile.readline()
                return body

            def do_POST(self):
                head = b'Content-Type: ' + self.headers['Content-Type'].encode() + b'\r\n\r\n'
                message = email.parser.BytesParser(policy=email.policy.HTTP).parsebytes(head + self.body())
                parts = {p.get_filename(): p.get_payload(decode=True) for p in message.iter_parts()}
                capture.paths.append(self.path)
                if status < 300:
                    capture.uploads.append(parts)
                self.answer(status)

        self.server = ThreadingHTTPServer(('127.0.0.1', 0), Handler)
        self.port = self.server.server_port

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *error):
        self.server.shutdown()
        self.server.server_close()

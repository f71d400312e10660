"""Takes in a document and answers with its length and SHA-256; with GET, a large form."""

import hashlib
import socket
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Intake(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.answer(f"{len(body)} {hashlib.sha256(body).hexdigest()}\n".encode())

    def do_GET(self):
        self.answer(b"".join(f"{self.path} {line}\n".encode() for line in range(20000)))

    def answer(self, body):
        self.send_response(200)
        self.send_header("Content-Type", "text/plain")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


class Server(ThreadingHTTPServer):
    address_family = socket.AF_INET6


Server(("::1", 8080), Intake).serve_forever()

#!/usr/bin/python3
"""Intake 2.3 takes in dossiers, numbers them, and tells others of them.

    GET  /whoami                  who asks, as Intake sees it
    POST /records                 a form: text, and callback (a URL) if one wants to be called
    GET  /records/7               one record
    GET  /records?client=ADDRESS  the numbers of one client's records
    GET  /admin                   for those on the list alone
    GET  /report?day=2026-11-30   requests of a day (see report.py)
    GET  /offices/NAME            what an office says of its work, asked now

Settings are in /etc/intake.toml, records in /var/lib/intake/intake.db.
"""

import json
import socket
import socketserver
import sqlite3
import threading
import time
import tomllib
import urllib.request
from http.server import BaseHTTPRequestHandler
from ipaddress import ip_network
from urllib.parse import parse_qs, unquote, urlsplit

import report
from clients import account, client, place

with open("/etc/intake.toml", "rb") as file:
    SETTINGS = tomllib.load(file)
ALLOWED = [ip_network(one) for one in SETTINGS["allow"]]
FRONT = [client(one) for one in SETTINGS["front"]]
DATABASE = "/var/lib/intake/intake.db"
SHARE, WINDOW = 20, 60  # so many records may one client hand in within so many seconds

lock = threading.Lock()
handed_in = {}  # account: what is left in its bucket, and since when


def database():
    return sqlite3.connect(DATABASE, timeout=10)


def allowed(who):
    """Whether a client is on the list."""
    return any(who in network for network in ALLOWED)


def within_share(who):
    """Take one out of a client's bucket, which fills again by its share in a window."""
    now, key = time.monotonic(), account(who)
    with lock:
        left, since = handed_in.get(key, (SHARE, now))
        left = min(SHARE, left + (now - since) * SHARE / WINDOW)
        handed_in[key] = (left - (left >= 1), now)
        return left >= 1


def send(url, method, body=b""):
    """A request over HTTP; what comes back, without its headers. Raises OSError.

    The library tries one address after the other, each for this long.
    """
    request = urllib.request.Request(url, body or None, method=method)
    with urllib.request.urlopen(request, timeout=0.9) as answer:
        return answer.read()


def call_back(url, number):
    try:
        send(url, "POST", f"number={number}".encode())
    except (OSError, ValueError) as error:
        print(f"call-back to {url}: {error}", flush=True)


class Request(BaseHTTPRequestHandler):
    def client(self):
        """Who asks: the other end, or whom the front names last. Raises ValueError."""
        peer = client(self.client_address[0])
        named = self.headers.get("X-Forwarded-For")
        return client(named.split(",")[-1]) if named and peer in FRONT else peer

    def parse_request(self):
        """Nobody is answered who has no address."""
        if not super().parse_request():
            return False
        try:
            self.who = self.client()
        except ValueError:
            self.send_error(400, "the client has no address")
            return False
        return True

    def answer(self, status, value, **headers):
        body = json.dumps(value, ensure_ascii=False).encode() + b"\n"
        if not self.path.startswith("/report"):
            report.write(self.who, self.command, self.path, status)
        self.send_response(status)
        self.send_header("Content-Type", "application/json; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        for name, text in headers.items():
            self.send_header(name, text)
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        parts = urlsplit(self.path)
        asked = {name: values[-1] for name, values in parse_qs(parts.query).items()}
        place = [unquote(word) for word in parts.path.strip("/").split("/")]
        match place:
            case ["whoami"]:
                self.answer(200, {"client": str(self.who)})
            case ["records"]:
                try:
                    wanted = str(client(asked.get("client", "")))
                except ValueError:
                    return self.answer(400, {"error": "this is no address"})
                with database() as db:
                    rows = db.execute(
                        "SELECT number FROM known WHERE client = ? ORDER BY number",
                        (wanted,),
                    ).fetchall()
                self.answer(200, {"numbers": [number for (number,) in rows]})
            case ["records", number]:
                with database() as db:
                    row = db.execute(
                        "SELECT number, at, client, text FROM known WHERE number = ?", (number,)
                    ).fetchone()
                if row is None:
                    self.answer(404, {"error": "there is no such record"})
                else:
                    self.answer(200, dict(zip(("number", "at", "client", "text"), row)))
            case ["admin"]:
                if allowed(self.who):
                    self.answer(200, {"clients": len(handed_in)})
                else:
                    self.answer(403, {"error": "not on the list"})
            case ["report"]:
                self.answer(200, report.of(asked.get("day", time.strftime("%F"))))
            case ["offices", name]:
                try:
                    said = send(f"http://{name}.{SETTINGS['offices']}:8081/", "GET")
                    self.answer(200, {"said": said.decode()})
                except (OSError, ValueError) as error:
                    self.answer(504, {"error": str(error)})
            case _:
                self.answer(404, {"error": "there is no such page"})

    def do_POST(self):
        size = int(self.headers.get("Content-Length", 0))
        form = {name: one[-1] for name, one in parse_qs(self.rfile.read(size).decode()).items()}
        if self.path != "/records" or "text" not in form:
            return self.answer(400, {"error": "a record has a text"})
        if not within_share(self.who):
            return self.answer(429, {"error": "too many records, wait a minute"})
        with database() as db:
            number = db.execute(
                "INSERT INTO records (at, client, whole, text) VALUES (?, '-', ?, ?)",
                (time.strftime("%F %T"), str(self.who), form["text"]),
            ).lastrowid
        if "callback" in form:
            threading.Thread(target=call_back, args=(form["callback"], number)).start()
        self.answer(201, {"number": number}, Location=f"/records/{number}")

    def log_message(self, *_):
        pass


class Server(socketserver.ThreadingTCPServer):
    daemon_threads = True

    def __init__(self, address, handler):
        super().__init__(address, handler, bind_and_activate=False)
        self.socket.close()
        self.socket = socket.create_server(
            address, family=socket.AF_INET6, backlog=100, dualstack_ipv6=True
        )
        self.server_address = self.socket.getsockname()


if __name__ == "__main__":
    Server(place(SETTINGS["listen"], 8080), Request).serve_forever()

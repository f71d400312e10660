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
from concurrent.futures import ThreadPoolExecutor, as_completed
from http.server import BaseHTTPRequestHandler
from ipaddress import ip_network
from urllib.parse import parse_qs, unquote, urlsplit

import report
from clients import account, authority, client, place

with open("/etc/intake.toml", "rb") as file:
    SETTINGS = tomllib.load(file)
ALLOWED = [ip_network(one) for one in SETTINGS["allow"]]
FRONT = [client(one) for one in SETTINGS["front"]]
DATABASE = "/var/lib/intake/intake.db"
SHARE, WINDOW = 20, 60  # so many records may one client hand in within so many seconds

lock = threading.Lock()
handed_in = {}  # account: when it handed in its last records


def database():
    return sqlite3.connect(DATABASE, timeout=10)


def allowed(who):
    """Whether a client is on the list."""
    return any(who in network for network in ALLOWED)


def within_share(who):
    """Count a record of a client; False if it has had its share."""
    now = time.monotonic()
    with lock:
        recent = [moment for moment in handed_in.get(account(who), []) if moment > now - WINDOW]
        if len(recent) >= SHARE:
            return False
        handed_in[account(who)] = [*recent, now]
    return True


def connect(host, port):
    """A connection to whichever address of a host answers first, all of them tried at once."""
    found = {one[4] for one in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)}
    pool = ThreadPoolExecutor(len(found))
    tries = [pool.submit(socket.create_connection, address[:2], 10) for address in found]
    pool.shutdown(wait=False)
    won = None
    for one in as_completed(tries):
        try:
            won = one.result()
            break
        except OSError as error:
            failure = error
    if won is None:
        raise failure
    for one in tries:  # a slower one is not kept
        one.add_done_callback(
            lambda done: None if done.exception() or done.result() is won else done.result().close()
        )
    return won


def send(url, method, body=b""):
    """A request over HTTP; what comes back, without its headers. Raises OSError."""
    where, _, path = url.removeprefix("http://").partition("/")
    with connect(*place(where, 80)) as connection:
        request = f"{method} /{path} HTTP/1.0\r\nHost: {where}\r\nContent-Length: {len(body)}\r\n\r\n"
        connection.sendall(request.encode() + body)
        answer = b"".join(iter(lambda: connection.recv(65536), b""))
    return answer.partition(b"\r\n\r\n")[2]


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
                        "SELECT number FROM records WHERE client = ? ORDER BY number",
                        (wanted,),
                    ).fetchall()
                self.answer(200, {"numbers": [number for (number,) in rows]})
            case ["records", number]:
                with database() as db:
                    row = db.execute(
                        "SELECT number, at, client, text FROM records WHERE number = ?", (number,)
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
                "INSERT INTO records (at, client, text) VALUES (?, ?, ?)",
                (time.strftime("%F %T"), str(self.who), form["text"]),
            ).lastrowid
        if "callback" in form:
            threading.Thread(target=call_back, args=(form["callback"], number)).start()
        host, port = self.connection.getsockname()[:2]
        here = authority(str(client(host)), port)
        self.answer(201, {"number": number}, Location=f"http://{here}/records/{number}")

    def log_message(self, *_):
        pass


class Server(socketserver.ThreadingTCPServer):
    address_family = socket.AF_INET6
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 100

    def server_bind(self):
        self.socket.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        super().server_bind()


if __name__ == "__main__":
    Server(place(SETTINGS["listen"], 8080), Request).serve_forever()

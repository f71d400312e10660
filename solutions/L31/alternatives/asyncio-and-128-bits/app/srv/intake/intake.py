#!/usr/bin/python3
"""Intake 3.0: the same interface as 2.3, written anew over asyncio.

A client is a number of 128 bits everywhere, IPv4 clients as IPv4-mapped ones (RFC 4291); only what
people see is text. Requests are counted in the database, and the log is for people.
"""

import asyncio
import json
import re
import sqlite3
import time
from ipaddress import IPv4Address, IPv6Address, ip_network
from urllib.parse import parse_qs, unquote, urlsplit

DATABASE = "/var/lib/intake/intake.db"
MAPPED = 0xFFFF << 32
FRONTS = ("{{ rproxy.address4 }}", "{{ rproxy.address }}")
LISTED = (
    "{{ staff.prefix4 }}",
    "{{ staff.prefix }}",
    "{{ pilot.prefix }}",
    "203.0.113.192/27",
    "3fff:e:4a80::/41",
)
SHARE, WINDOW = 20, 60
DOTTED = re.compile(r"(\d+\.\d+\.\d+\.\d+)(:\d+)?")
BRACKETS = re.compile(r"\[([^]]*)\](:\d+)?")
db = sqlite3.connect(DATABASE)
handed_in = {}


def number_of(text):
    """The 128 bits of an address in any spelling. Raises ValueError."""
    text = text.strip()
    if found := DOTTED.fullmatch(text):
        return MAPPED | int(IPv4Address(found[1]))
    if found := BRACKETS.fullmatch(text):
        text = found[1]
    return int(IPv6Address(text.split("%")[0]))


def is_four(number):
    return number >> 32 == 0xFFFF


def text_of(number):
    return str(IPv4Address(number & 0xFFFFFFFF) if is_four(number) else IPv6Address(number))


def masked(text):
    network = ip_network(text)
    first = int(network[0]) | (MAPPED if network.version == 4 else 0)
    return first, network.max_prefixlen - network.prefixlen


LIST = [masked(one) for one in LISTED]
FRONT = {number_of(one) for one in FRONTS}


def taken(client):
    now = time.monotonic()
    key = client if is_four(client) else client >> 64
    recent = [one for one in handed_in.get(key, ()) if one > now - WINDOW]
    if len(recent) < SHARE:
        handed_in[key] = [*recent, now]
        return True
    return False


async def fetch(url, method, body=b""):
    parts = urlsplit(url)
    reader, writer = await asyncio.wait_for(
        asyncio.open_connection(
            parts.hostname, parts.port or 80, happy_eyeballs_delay=0.25, interleave=1
        ),
        10,
    )
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    head = f"{method} {path} HTTP/1.0\r\nHost: {parts.netloc}\r\n"
    writer.write(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
    answer = await asyncio.wait_for(reader.read(), 10)
    writer.close()
    return answer.partition(b"\r\n\r\n")[2].decode()


async def call(url, number):
    try:
        await fetch(url, "POST", f"number={number}".encode())
    except (OSError, ValueError, TimeoutError) as error:
        print(f"call-back to {url}: {error}", flush=True)


calls = set()


async def answer(client, method, path, form):
    parts = urlsplit(path)
    query = {name: one[-1] for name, one in parse_qs(parts.query).items()}
    words = [unquote(one) for one in parts.path.strip("/").split("/")]
    if method == "POST" and words == ["records"] and "text" in form:
        if not taken(client):
            return 429, {"error": "too many records, wait a minute"}
        with db:
            number = db.execute(
                "INSERT INTO records (at, client, text) VALUES (?, ?, ?)",
                (time.strftime("%F %T"), text_of(client), form["text"]),
            ).lastrowid
        if "callback" in form:
            calls.add(task := asyncio.create_task(call(form["callback"], number)))
            task.add_done_callback(calls.discard)
        return 201, {"number": number}
    if method == "POST":
        return 400, {"error": "a record has a text"}
    match words:
        case ["whoami"]:
            return 200, {"client": text_of(client)}
        case ["records"]:
            wanted = text_of(number_of(query.get("client", "")))
            rows = db.execute("SELECT number FROM records WHERE client = ?", (wanted,))
            return 200, {"numbers": [one for (one,) in rows]}
        case ["records", number]:
            row = db.execute(
                "SELECT number, at, client, text FROM records WHERE number = ?", (number,)
            ).fetchone()
            if row:
                return 200, dict(zip(("number", "at", "client", "text"), row))
        case ["admin"]:
            if any(client >> bits == first >> bits for first, bits in LIST):
                return 200, {"clients": len(handed_in)}
            return 403, {"error": "not on the list"}
        case ["report"]:
            day = query.get("day", time.strftime("%F"))
            rows = db.execute("SELECT six, client FROM requests WHERE day = ?", (day,)).fetchall()
            six = sum(one for one, _ in rows)
            return 200, {
                "day": day,
                "requests": len(rows),
                "ipv4": len(rows) - six,
                "ipv6": six,
                "clients": len({one for _, one in rows}),
            }
        case ["offices", name]:
            try:
                said = await fetch(f"http://{name}.offices.example.net:8081/", "GET")
                return 200, {"said": said}
            except (OSError, ValueError, TimeoutError) as error:
                return 504, {"error": str(error)}
    return 404, {"error": "there is no such page"}


async def serve(reader, writer):
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        method, path, _ = head[0].split()
        headers = {}
        for line in head[1:]:
            name, _, value = line.partition(":")
            headers[name.lower()] = f"{headers.get(name.lower(), '')},{value}".lstrip(",")
        body = await reader.readexactly(int(headers.get("content-length", 0)))
        form = {name: one[-1] for name, one in parse_qs(body.decode()).items()}
        client = number_of(writer.get_extra_info("peername")[0])
        if client in FRONT and "x-forwarded-for" in headers:
            client = number_of(headers["x-forwarded-for"].split(",")[-1])
        status, value = await answer(client, method, path, form)
        if not path.startswith("/report"):
            with db:
                db.execute(
                    "INSERT INTO requests VALUES (?, ?, ?)",
                    (time.strftime("%F"), not is_four(client), text_of(client)),
                )
    except ValueError:
        status, value = 400, {"error": "this cannot be read"}
    except (OSError, EOFError):
        return writer.close()
    text = json.dumps(value, ensure_ascii=False).encode()
    place = f"Location: /records/{value['number']}\r\n" if status == 201 else ""
    writer.write(
        f"HTTP/1.0 {status} .\r\n{place}Content-Length: {len(text)}\r\n\r\n".encode() + text
    )
    try:
        await writer.drain()
    except OSError:
        pass
    writer.close()


async def main():
    server = await asyncio.start_server(serve, None, 8080)  # a socket for each protocol
    await server.serve_forever()


asyncio.run(main())

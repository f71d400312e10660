"""traffic-mix: real traffic whose amounts are known beforehand, to try a measurement on.

    traffic-mix MIX.json        - is standard input

MIX.json is a list; each entry is one kind of traffic, and all of it is sent, one after the other:

    {"web": "http://[2001:db8::80]/big?client={client}", "from": ["3fff:e:a::/48", "3fff:e:b::/48"],
     "clients": 45, "requests": 630, "octets": 1200000, "host": "www.example.net", "first": 1}
    {"udp": "2001:db8::11", "from": ["3fff:e:a::80"], "size": 500, "octets": 600000}
    {"6in4": "192.0.2.1", "from": ["198.51.100.1"], "size": 1000, "octets": 300000}
    {"ping": "2001:db8::11", "from": ["3fff:e:a::80"], "size": 1000, "octets": 100000}

web: `clients` addresses, spread over the prefixes in `from`, take turns in asking `requests` times
for as many octets of the page as make `octets` in all (a Range of a page that is large enough);
{client} is the client's number, counted from `first`. udp, 6in4 and ping: packets of `size` octets
each (the IP header included; of 6in4 the inner packet's) until they are `octets` together. Sources
need not be this machine's: a route `local PREFIX dev lo` lets answers come back to it. Ports are 9
(discard). A server that is not there yet is waited for, a minute at most, and so is whoever gets
packets, or stands for that under "reach": nothing is sent before a connection to it is answered, be
it by refusal (null: nobody is waited for). A line for each entry says what was sent.
"""

from __future__ import annotations

import json
import socket
import struct
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Any
from urllib.parse import urlsplit

DISCARD = 9
PATIENCE = 60.0  # seconds in which a server or a route has to be there
TOGETHER = 8  # requests under way at a time
PAUSE_EVERY = 64  # packets, so that no queue on the way overflows
PAUSE = 0.002
FREEBIND = {4: (socket.IPPROTO_IP, 15), 6: (socket.IPPROTO_IPV6, 78)}
FAMILY = {4: socket.AF_INET, 6: socket.AF_INET6}
IPV6_IN_IPV4, ICMPV6 = 41, 58
INNER = IPv6Address("2001:db8:ffff::1"), IPv6Address("2001:db8:ffff::2")
Address = IPv4Address | IPv6Address


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit status 0, or 2 after one sentence about what is wrong."""
    words = sys.argv[1:] if arguments is None else list(arguments)
    try:
        if len(words) != 1 or words[0].startswith("--"):
            raise ValueError("name one file with a mix, or - for standard input")
        if words[0] == "-":
            mix = json.load(sys.stdin)
        else:
            with open(words[0], encoding="utf-8") as file:
                mix = json.load(file)
        for entry in mix:
            print(_done(entry), flush=True)
    except (ValueError, OSError, KeyError, TypeError) as error:
        print(f"traffic-mix: {_named(error)}", file=sys.stderr)
        return 2
    return 0


def _named(error: Exception) -> str:
    return f"an entry lacks {error}" if isinstance(error, KeyError) else str(error)


def _done(entry: dict[str, Any]) -> str:
    """Send what an entry says; a line that tells it."""
    if "web" in entry:
        return _web(entry)
    for kind, packets in (("udp", _udp), ("6in4", _tunnelled), ("ping", _pings)):
        if kind in entry:
            to = ip_address(entry[kind])
            _reached(entry, entry.get("reach", str(to)))
            count = _sent(packets(to, entry))
            return f"{kind} {entry[kind]}: {count} packets, {count * int(entry['size'])} octets"
    raise ValueError(f"an entry of no known kind: {', '.join(entry)}")


def addresses(prefixes: list[str], count: int) -> list[Address]:
    """So many different addresses, taken from the prefixes in turn. Raises ValueError."""
    networks = [ip_network(one, strict=False) for one in prefixes]
    found = []
    for number in range(count):
        turn, network = number // len(networks), networks[number % len(networks)]
        if network.num_addresses == 1:
            found.append(network[0])
            continue
        # Not one /64 for all: each client of an IPv6 prefix lives on a LAN of its own.
        step = 1 if network.version == 4 or network.prefixlen >= 64 else (1 << 64) + 0x1A2B
        if (place := (turn + 1) * step) >= network.num_addresses - (network.version == 4):
            raise ValueError(f"{network} has no room for {count} clients")
        found.append(network[place])
    return found


def shares(whole: int, parts: int) -> list[int]:
    """A whole in parts that differ by 1 at most.

    >>> shares(10, 3)
    [4, 3, 3]
    """
    each, left = divmod(whole, parts)
    return [each + (number < left) for number in range(parts)]


# -- web


def _web(entry: dict[str, Any]) -> str:
    requests, first = int(entry["requests"]), int(entry.get("first", 1))
    clients = addresses(entry["from"], int(entry["clients"]))
    sizes = shares(int(entry["octets"]), requests)
    until = time.monotonic() + PATIENCE

    def ask(number: int) -> None:
        which = number % len(clients)
        _ask(entry, clients[which], first + which, sizes[number], until)

    with ThreadPoolExecutor(TOGETHER) as pool:
        list(pool.map(ask, range(requests)))
    return f"{entry['web']}: {requests} requests of {len(clients)} clients, {sum(sizes)} octets"


def _ask(entry: dict[str, Any], source: Address, client: int, size: int, until: float) -> None:
    at = urlsplit(entry["web"])
    target = ip_address(at.hostname or "")
    path = (at.path or "/") + (f"?{at.query}" if at.query else "")
    path = path.replace("{client}", str(client))
    head = f"GET {path} HTTP/1.1\r\nHost: {entry.get('host') or at.netloc}\r\n"
    head += f"Range: bytes=0-{size - 1}\r\nUser-Agent: traffic-mix/1\r\nConnection: close\r\n\r\n"
    while True:
        try:
            with _socket(socket.SOCK_STREAM, 0, source) as sock:
                sock.settimeout(5)
                sock.connect((str(target), at.port or 80))
                sock.sendall(head.encode())
                answer = b""
                while data := sock.recv(65536):
                    answer += data
        except OSError:
            if time.monotonic() > until:
                raise
            time.sleep(0.1)
            continue
        _status, _end, body = answer.partition(b"\r\n\r\n")
        if len(body) != size:
            raise ValueError(f"{entry['web']} gave {len(body)} octets where {size} were asked for")
        return


# -- packets


def _socket(kind: int, protocol: int, source: Address) -> socket.socket:
    made = socket.socket(FAMILY[source.version], kind, protocol)
    made.setsockopt(*FREEBIND[source.version], 1)
    made.bind((str(source), 0))
    return made


def _reached(entry: dict[str, Any], to: str | None) -> None:
    """Wait until somebody answers there, if only to refuse a connection. Raises OSError."""
    until = time.monotonic() + PATIENCE
    while to is not None:
        try:
            with _socket(socket.SOCK_STREAM, 0, _sources(entry)[0]) as sock:
                sock.settimeout(1)
                sock.connect((to, DISCARD))
            return
        except ConnectionRefusedError:
            return
        except OSError:
            if time.monotonic() > until:
                raise
            time.sleep(0.1)


def _sources(entry: dict[str, Any]) -> list[Address]:
    return addresses(entry["from"], int(entry.get("clients", 1)))


def _udp(to: Address, entry: dict[str, Any]) -> Iterator[tuple[socket.socket, bytes, str, int]]:
    headers = 28 if to.version == 4 else 48
    for sock in _each(entry, socket.SOCK_DGRAM, 0):
        yield sock, bytes(int(entry["size"]) - headers), str(to), DISCARD


def _pings(to: Address, entry: dict[str, Any]) -> Iterator[tuple[socket.socket, bytes, str, int]]:
    echo = bytes([128, 0, 0, 0, 0x1A, 0x2B, 0, 1])  # the kernel puts the checksum in
    for sock in _each(entry, socket.SOCK_RAW, ICMPV6):
        yield sock, echo + bytes(int(entry["size"]) - 48), str(to), 0


def _tunnelled(
    to: Address, entry: dict[str, Any]
) -> Iterator[tuple[socket.socket, bytes, str, int]]:
    packet = inner(int(entry["size"]))
    for sock in _each(entry, socket.SOCK_RAW, IPV6_IN_IPV4):
        yield sock, packet, str(to), 0


def inner(size: int) -> bytes:
    """An IPv6 packet of so many octets, with UDP and its checksum (RFC 8200 section 8.1)."""
    length = size - 40
    ends = INNER[0].packed + INNER[1].packed
    udp = struct.pack("!HHHH", 0xC000, DISCARD, length, 0) + bytes(length - 8)
    pseudo = ends + struct.pack("!IxxxB", length, socket.IPPROTO_UDP) + udp
    total = sum(struct.unpack(f"!{len(pseudo) // 2}H", pseudo[: len(pseudo) // 2 * 2]))
    while total > 0xFFFF:
        total = (total & 0xFFFF) + (total >> 16)
    udp = udp[:6] + struct.pack("!H", (~total & 0xFFFF) or 0xFFFF) + udp[8:]
    return struct.pack("!IHBB", 6 << 28, length, socket.IPPROTO_UDP, 64) + ends + udp


def _each(entry: dict[str, Any], kind: int, protocol: int) -> Iterator[socket.socket]:
    """A socket for each packet that there is to be, of the sources in turn."""
    count = int(entry["octets"]) // int(entry["size"])
    sockets = [_socket(kind, protocol, one) for one in _sources(entry)]
    try:
        for number in range(count):
            yield sockets[number % len(sockets)]
    finally:
        for sock in sockets:
            sock.close()


def _sent(packets: Iterator[tuple[socket.socket, bytes, str, int]]) -> int:
    count = 0
    until = time.monotonic() + PATIENCE
    for sock, data, to, port in packets:
        while True:
            try:
                sock.sendto(data, (to, port))
                break
            except ConnectionRefusedError:  # a message about an earlier packet
                continue
            except OSError:
                if time.monotonic() > until:
                    raise
                time.sleep(0.1)
        count += 1
        if count % PAUSE_EVERY == 0:
            time.sleep(PAUSE)
    return count


if __name__ == "__main__":
    sys.exit(main())

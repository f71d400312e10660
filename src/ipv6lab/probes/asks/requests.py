"""Many small requests over HTTP to one application, as fast as it answers.

What a page looks like, and who took the connection, is for `web`; here an application is talked to
like by a program. A request is HTTP/1.0, so that the end of the connection ends the answer.
"""

from __future__ import annotations

import errno
import json
import os
import select
import socket
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Any, Protocol
from urllib.parse import urlencode

from ipv6lab.addresses.text import written
from ipv6lab.network.namespace import entered
from ipv6lab.probes.seen.outcome import Failed
from ipv6lab.probes.seen.vantage import Vantage
from ipv6lab.words.message import _

Address = IPv4Address | IPv6Address
WITHIN = 10.0  # seconds for one answer
STARTS = 2.0  # seconds in which a service that refuses may be about to start
AGAIN = 0.1
MOST = 1 << 20  # octets of an answer


class Meanwhile(Protocol):
    """Who has to be served while an answer is waited for."""

    def sockets(self) -> Iterable[socket.socket]: ...

    def serve(self, ready: Iterable[socket.socket]) -> None: ...


@dataclass(frozen=True)
class Reply:
    """An answer: its status and body, the address that was asked from, how long it took (s)."""

    status: int
    body: bytes
    source: Address
    seconds: float
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def done(self) -> bool:
        return 200 <= self.status < 300

    @property
    def value(self) -> dict[str, Any]:
        """The object in JSON that it carries; empty where it carries none."""
        try:
            found = json.loads(self.body)
        except ValueError:
            return {}
        return found if isinstance(found, dict) else {}


def ask(
    node: Vantage,
    address: object,
    port: int,
    path: str,
    headers: Mapping[str, str] | None = None,
    form: Mapping[str, str] | None = None,
    within: float = WITHIN,
    meanwhile: Meanwhile | None = None,
    scope: int = 0,
) -> Reply:
    """Ask an application at an address for a path; with `form` it is a POST of these fields.

    `scope` is the index of the node's interface for a link-local address. Raises Failed where no
    connection comes about or no answer comes.
    """
    to = ip_address(str(address))
    body = urlencode(form).encode() if form is not None else b""
    place = f"[{to}]:{port}" if to.version == 6 else f"{to}:{port}"
    lines = [f"{'GET' if form is None else 'POST'} {path} HTTP/1.0", f"Host: {place}"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    if form is not None:
        lines.append("Content-Type: application/x-www-form-urlencoded")
        lines.append(f"Content-Length: {len(body)}")
    request = "\r\n".join([*lines, "", ""]).encode() + body
    until = node.lab.record.until(within)
    starts = min(until, time.monotonic() + STARTS)
    while True:
        try:
            return _exchange(node, to, port, request, until, meanwhile, scope)
        except ConnectionRefusedError:
            if time.monotonic() > starts:
                raise Failed(
                    _(
                        "{address} refuses a connection of {node} to port {port}.",
                        address=written(to),
                        node=node.name,
                        port=port,
                    )
                ) from None
            time.sleep(AGAIN)  # who is about to start tells nobody
        except OSError as error:
            raise Failed(
                _(
                    "{node} asks {address} port {port} for {path}, and there is no answer: "
                    "{reason}.",
                    node=node.name,
                    address=written(to),
                    port=port,
                    path=path,
                    reason=os.strerror(error.errno or errno.EIO),
                )
            ) from None
        except ValueError:
            raise Failed(
                _(
                    "{node} asks {address} port {port} for {path}, and the connection is closed "
                    "without an answer.",
                    node=node.name,
                    address=written(to),
                    port=port,
                    path=path,
                )
            ) from None


def _exchange(
    node: Vantage,
    to: Address,
    port: int,
    request: bytes,
    until: float,
    meanwhile: Meanwhile | None,
    scope: int,
) -> Reply:
    with entered(node.namespace):
        kind = socket.AF_INET6 if to.version == 6 else socket.AF_INET
        sock = socket.socket(kind, socket.SOCK_STREAM | socket.SOCK_CLOEXEC)
    with sock:
        begun = time.monotonic()
        sock.setblocking(False)
        target = (str(to), port, 0, scope) if to.version == 6 else (str(to), port)
        if (number := sock.connect_ex(target)) not in (0, errno.EINPROGRESS):
            raise OSError(number, os.strerror(number))
        _ready(sock, until, meanwhile, write=True)
        if number := sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
            raise OSError(number, os.strerror(number))
        source = ip_address(sock.getsockname()[0].partition("%")[0])
        sock.sendall(request)  # a packet's worth: it always fits
        answer = b""
        while len(answer) < MOST and not _whole(answer):
            _ready(sock, until, meanwhile)
            part = sock.recv(65536)
            if not part:
                break
            answer += part
        return _read(answer, source, time.monotonic() - begun)


def _ready(
    sock: socket.socket, until: float, meanwhile: Meanwhile | None, write: bool = False
) -> None:
    """Wait until the socket is, and serve others meanwhile. Raises TimeoutError."""
    while True:
        left = until - time.monotonic()
        if left <= 0:
            raise TimeoutError(errno.ETIMEDOUT, os.strerror(errno.ETIMEDOUT))
        others = list(meanwhile.sockets()) if meanwhile else []
        reading = others if write else [sock, *others]
        readable, writable, _none = select.select(reading, [sock] if write else [], [], left)
        if meanwhile and (ready := [one for one in readable if one is not sock]):
            meanwhile.serve(ready)
        if sock in readable or sock in writable:
            return


def _parts(answer: bytes) -> tuple[str, dict[str, str], bytes]:
    head, _blank, body = answer.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    fields = (line.partition(":") for line in lines)
    return first, {name.strip().lower(): value.strip() for name, _colon, value in fields}, body


def _whole(answer: bytes) -> bool:
    """Whether an answer that says its length has come, though the connection stays open."""
    if b"\r\n\r\n" not in answer:
        return False
    _first, headers, body = _parts(answer)
    length = headers.get("content-length", "")
    return length.isdigit() and len(body) >= int(length)


def _read(answer: bytes, source: Address, seconds: float) -> Reply:
    first, headers, body = _parts(answer)
    words = first.split(None, 2)
    if len(words) < 2 or not words[0].startswith("HTTP/") or not words[1].isdigit():
        raise ValueError("what came back is no HTTP")
    return Reply(int(words[1]), body, source, seconds, headers)

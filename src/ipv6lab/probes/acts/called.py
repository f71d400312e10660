"""A web server of the grader's own on a node, for whom an application is to call or to ask.

It runs in the check's one thread: it is served whenever an answer is waited for.
"""

from __future__ import annotations

import select
import socket
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address

from ipv6lab.network.namespace import entered
from ipv6lab.probes.seen.vantage import Vantage

Address = IPv4Address | IPv6Address
MOST = 1 << 16  # octets of a request


@dataclass(frozen=True)
class Call:
    """A request that arrived: at which address of the node, from where, and what it was."""

    to: Address
    port: int
    source: Address
    path: str
    host: str | None
    body: bytes


class Called:
    """Listens at addresses and ports, answers every request with `body`, keeps what arrived."""

    def __init__(self, listeners: list[socket.socket], body: bytes) -> None:
        self._listeners = listeners
        self._open: dict[socket.socket, bytes] = {}
        self.body = body
        self.calls: list[Call] = []

    def sockets(self) -> Iterable[socket.socket]:
        return [*self._listeners, *self._open]

    def serve(self, ready: Iterable[socket.socket]) -> None:
        """Take what has come at these sockets."""
        for one in ready:
            if one in self._listeners:
                connection, _from = one.accept()
                connection.setblocking(False)
                self._open[connection] = b""
            elif one in self._open:
                self._read(one)

    def wait(self, wanted: Callable[[Call], bool], until: float) -> Call | None:
        """The first call that is `wanted`; None if there is none until that moment."""
        while True:
            for call in self.calls:
                if wanted(call):
                    return call
            left = until - time.monotonic()
            if left <= 0:
                return None
            self.serve(select.select(list(self.sockets()), [], [], left)[0])

    def close(self) -> None:
        for one in self.sockets():
            one.close()

    def _read(self, connection: socket.socket) -> None:
        try:
            part = connection.recv(65536)
        except OSError:
            part = b""
        data = self._open[connection] + part
        self._open[connection] = data
        head, blank, body = data.partition(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        headers = {
            name.strip().lower(): value.strip()
            for name, _colon, value in (line.partition(":") for line in lines)
        }
        length = headers.get("content-length", "0")
        whole = blank and (not length.isdigit() or len(body) >= int(length))
        if not (whole or not part or len(data) > MOST):
            return
        words = first.split()
        if whole and len(words) > 1:
            to, source = connection.getsockname(), connection.getpeername()
            self.calls.append(
                Call(
                    ip_address(to[0].partition("%")[0]),
                    to[1],
                    ip_address(source[0].partition("%")[0]),
                    words[1],
                    headers.get("host"),
                    body,
                )
            )
            answer = f"HTTP/1.0 200 OK\r\nContent-Length: {len(self.body)}\r\n\r\n".encode()
            with suppress(OSError):  # who called did not wait
                connection.sendall(answer + self.body)
        del self._open[connection]
        connection.close()


@contextmanager
def called(node: Vantage, places: Iterable[tuple[object, int]], body: bytes) -> Iterator[Called]:
    """Listen at these addresses of a node, each with a port, 0 for any that is free."""
    with ExitStack() as opened:
        listeners = []
        for address, port in places:
            at = ip_address(str(address))
            with entered(node.namespace):
                family = socket.AF_INET6 if at.version == 6 else socket.AF_INET
                sock = socket.socket(family, socket.SOCK_STREAM | socket.SOCK_CLOEXEC)
            opened.enter_context(sock)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            sock.bind((str(at), port))
            sock.listen(50)
            sock.setblocking(False)
            listeners.append(sock)
        server = Called(listeners, body)
        opened.callback(server.close)
        yield server


def ports(server: Called) -> dict[int, list[int]]:
    """The ports that it listens on, by family."""
    found: dict[int, list[int]] = {4: [], 6: []}
    for one in server.sockets():
        found[6 if one.family == socket.AF_INET6 else 4].append(one.getsockname()[1])
    return found

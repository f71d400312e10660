"""TCP connections with a nonce: the grader listens in one node's network and connects from
another's."""

from __future__ import annotations

import os
import secrets
import select
import socket
import time
from contextlib import ExitStack
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address

from ipv6lab.network.namespace import entered
from ipv6lab.probes.seen.outcome import Failed
from ipv6lab.probes.seen.vantage import Vantage
from ipv6lab.words.message import _


@dataclass(frozen=True)
class Connection:
    """A connection that carried the nonce; `source` is where the target saw it come from."""

    source: IPv4Address | IPv6Address
    seconds: float


def connect(
    node: Vantage, target: Vantage, address: str, port: int | None, within: float
) -> Connection:
    """Connect from `node` to `address` of `target`, where the grader itself listens.

    `port` None takes a free one. Raises Failed when no connection comes about, when it does not
    end at the target, or when its source address was changed on the way.
    """
    lab = node.lab
    values = {"node": node.name, "target": target.name, "address": address}
    until = lab.record.until(within)
    nonce = b"ipv6lab " + secrets.token_hex(16).encode()
    start = time.monotonic()
    with ExitStack() as opened:
        listener = opened.enter_context(_socket(target, address))
        try:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind((address, port or 0))
            listener.listen()
        except OSError as error:
            raise Failed(
                _(
                    "{target} cannot listen on {address}: {reason}.",
                    reason=os.strerror(error.errno or 0),
                    **values,
                )
            ) from None
        client = opened.enter_context(_socket(node, address))
        lab.record.say(_("waiting for a connection from {node} to {target}", **values))
        client.connect_ex((address, listener.getsockname()[1]))
        _ready(until, write=client)
        failure = client.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if failure or not _ready(until, read=listener):
            lab.record.add("tcp", node.name, _("No connection to {target}.", **values), values)
            reason = os.strerror(failure or 110)  # ETIMEDOUT
            raise Failed(
                _(
                    "{node} gets no connection to {target} at {address}: {reason}.",
                    reason=reason,
                    **values,
                )
            )
        server, origin = listener.accept()
        opened.enter_context(server)
        client.sendall(nonce)
        server.setblocking(False)
        got = b""
        while len(got) < len(nonce) and _ready(until, read=server):
            piece = server.recv(len(nonce))
            if not piece:
                break
            got += piece
        seen, own = ip_address(origin[0]), ip_address(client.getsockname()[0])
    if got != nonce:
        raise Failed(_("What {node} sends to {target} does not arrive there.", **values))
    if seen != own:
        raise Failed(
            _(
                "{node} sent from {source}, but {target} saw the packet come from {seen}: "
                "somebody on the way translates addresses.",
                source=str(own),
                seen=str(seen),
                **values,
            )
        )
    seconds = time.monotonic() - start
    lab.record.add(
        "tcp",
        node.name,
        _("{node} connected to {target} at {address}.", **values),
        {**values, "source": str(own), "seconds": round(seconds, 4)},
    )
    return Connection(own, seconds)


def _socket(node: Vantage, address: str) -> socket.socket:
    family = socket.AF_INET6 if ip_address(address).version == 6 else socket.AF_INET
    with entered(node.namespace):
        return socket.socket(
            family, socket.SOCK_STREAM | socket.SOCK_CLOEXEC | socket.SOCK_NONBLOCK
        )


def _ready(
    until: float, read: socket.socket | None = None, write: socket.socket | None = None
) -> bool:
    left = max(0.0, until - time.monotonic())
    readable, writable, _failed = select.select(
        [read] if read else [], [write] if write else [], [], left
    )
    return bool(readable or writable)

"""TCP connections from a node's network, for somebody at the other end of a channel."""

from __future__ import annotations

import asyncio
import os
import socket
from typing import Any

from ipv6lab.addresses.text import written
from ipv6lab.agent.channel import Channel
from ipv6lab.agent.lab import Lab
from ipv6lab.network.namespace import entered
from ipv6lab.network.netlink import Netlink
from ipv6lab.words import frames
from ipv6lab.words.errors import LabError

LOOPBACKS = ("::1", "127.0.0.1")
SECONDS = 10.0  # for one address to answer


async def connect(lab: Lab, channel: Channel) -> dict[str, Any]:
    """``connect``: a TCP connection from ``node`` to ``port`` of ``host``, spliced to the channel.

    ``host`` is an address; with null the node itself is meant, by its loopback addresses or else
    by any other of its own. Event ``connected`` tells the address that answered, event ``end``
    that the server sends no more. The answer has ``reset``, true when the server broke it off.
    """
    if lab.net is None:
        raise LabError("Nothing is built here.")
    request = channel.request
    sock, address = await _connected(lab, request["node"], request.get("host"), request["port"])
    with sock:
        channel.event({"event": "connected", "address": address})
        sending = asyncio.ensure_future(_send(channel, sock))
        try:
            reset = await _receive(channel, sock)
            channel.event({"event": "end"})
            if not reset:
                reset = await sending
        finally:
            sending.cancel()
            await asyncio.gather(sending, return_exceptions=True)
    return {"reset": reset}


async def _connected(lab: Lab, name: str, host: str | None, port: int) -> tuple[socket.socket, str]:
    """A connection to the first address that takes one. Raises LabError when none does."""
    namespace = lab.node(name).space.net_fd
    reason = ""
    for address in [host] if host else _own_addresses(namespace):
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        with entered(namespace):
            sock = socket.socket(family, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
            try:
                (*_kind, place), *_more = socket.getaddrinfo(
                    address, port, family, flags=socket.AI_NUMERICHOST
                )
            except OSError:
                sock.close()
                raise LabError("{host} is no IPv6 or IPv4 address.", host=address) from None
        try:
            async with asyncio.timeout(SECONDS):
                await asyncio.get_running_loop().sock_connect(sock, place)
            return sock, address
        except OSError as error:  # TimeoutError is one
            reason = os.strerror(error.errno).lower() if error.errno else "no answer"
        except BaseException:
            sock.close()
            raise
        sock.close()
    if host:
        raise LabError(
            "{node} gets no connection to {host}, port {port}: {reason}.",
            node=name,
            host=host,
            port=port,
            reason=reason,
        )
    raise LabError(
        "Nothing on {node} takes connections on port {port}: {reason}.",
        node=name,
        port=port,
        reason=reason,
    )


def _own_addresses(namespace: int) -> list[str]:
    """Where a server on the node may listen, the most likely first."""
    with Netlink(namespace) as netlink:
        found = [written(one.address) for one in netlink.addresses() if one.scope == "global"]
    return [*LOOPBACKS, *(one for one in found if one not in LOOPBACKS)]


async def _send(channel: Channel, sock: socket.socket) -> bool:
    """Give the server what comes, and the end of it; whether it broke the connection off."""
    loop = asyncio.get_running_loop()
    try:
        while data := await channel.read():
            await loop.sock_sendall(sock, data)
        sock.shutdown(socket.SHUT_WR)
    except OSError:
        return True
    return False


async def _receive(channel: Channel, sock: socket.socket) -> bool:
    """Give the channel what the server sends; whether it broke the connection off."""
    loop = asyncio.get_running_loop()
    while True:
        try:
            data = await loop.sock_recv(sock, frames.CHUNK)
        except OSError:
            return True
        if not data:
            return False
        await channel.write("O", data)

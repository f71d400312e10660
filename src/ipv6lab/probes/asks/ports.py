"""TCP ports, asked from another node: whoever listens there, and the proof of where it went."""

from __future__ import annotations

import errno
import os
import secrets
import select
import socket
import struct
import time
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address

from ipv6lab.network.namespace import entered
from ipv6lab.probes.seen import filters
from ipv6lab.probes.seen.capture import Capture
from ipv6lab.probes.seen.outcome import Failed
from ipv6lab.probes.seen.packet import Packet
from ipv6lab.probes.seen.vantage import Vantage
from ipv6lab.wire.headers import TCP
from ipv6lab.words.message import Message, _

AGAIN = 0.5  # seconds before a refused connection is tried once more: a service may just start
RESET = struct.pack("ii", 1, 0)  # SO_LINGER: closing leaves nothing behind
SYN, RST, ACK = 0x02, 0x04, 0x10


@dataclass(frozen=True)
class OpenPort:
    """A port that took a connection and what was said on it.

    `source` is the address that the asking node chose, `seen` the one that the target saw; they
    differ where somebody on the way translates addresses.
    """

    source: IPv4Address | IPv6Address
    seen: IPv4Address | IPv6Address
    seconds: float


def open_port(node: Vantage, target: Vantage, address: str, port: int, within: float) -> OpenPort:
    """Connect from `node` to a port of `target`, until it works or `within` seconds are over.

    The proof is made in the fabric: what was said on the connection arrived at the target's port.
    Raises Failed with the place where packets got lost, or with who refused.
    """
    attempt = _Attempt(node, target, address, port)
    with attempt.capture:
        return attempt.run(within)


class _Attempt:
    def __init__(self, node: Vantage, target: Vantage, address: str, port: int) -> None:
        self.node, self.target, self.port = node, target, port
        self.lab = node.lab
        self.address = ip_address(address)
        self.capture = Capture(self.lab.fabric, (), self._ours, filters.TCP)
        self.values: dict[str, str | int | float] = {
            "node": node.name,
            "target": target.name,
            "address": str(self.address),
            "port": port,
        }

    def run(self, within: float) -> OpenPort:
        until = self.lab.record.until(within)
        self.lab.record.say(_("waiting for {target} to take a connection", **self.values))
        start = time.monotonic()
        while True:
            failure = self._connect(until)
            if failure is None:
                return self._judge(time.monotonic() - start)
            if time.monotonic() + AGAIN >= until:
                raise Failed(self._loss(failure))
            self.capture.listen(time.monotonic() + AGAIN)

    def _connect(self, until: float) -> int | None:
        """None when the connection took a nonce, else the error's number."""
        family = socket.AF_INET6 if self.address.version == 6 else socket.AF_INET
        with entered(self.node.namespace):
            client = socket.socket(
                family, socket.SOCK_STREAM | socket.SOCK_CLOEXEC | socket.SOCK_NONBLOCK
            )
        with client:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            failure = client.connect_ex((str(self.address), self.port))
            if failure not in (0, errno.EINPROGRESS):
                return failure
            left = max(0.0, until - time.monotonic())
            if not select.select([], [client], [], left)[1]:
                return errno.ETIMEDOUT
            failure = client.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
            if failure:
                return failure
            self.source = ip_address(client.getsockname()[0])
            self.nonce = b"ipv6lab " + secrets.token_hex(16).encode()
            client.send(self.nonce + b"\r\n")
            self.arrived = self.capture.wait(min(until, time.monotonic() + 1), self._carries)
            return None

    # What the fabric saw

    def _ours(self, packet: Packet) -> bool:
        data = packet.ip
        if data is None or data.protocol != TCP or data.ports is None:
            return False
        to = data.destination == self.address and data.ports[1] == self.port
        return to or (data.source == self.address and data.ports[0] == self.port)

    def _carries(self, packet: Packet) -> bool:
        return not packet.sent and packet.node == self.target.name and self.nonce in packet.frame

    def _judge(self, seconds: float) -> OpenPort:
        if self.arrived is None:
            by = next((one.node for one in self._flagged(SYN | ACK) if one.sent), self.node.name)
            raise Failed(
                _(
                    "{other} answers for {address}, which is the address of {target}.",
                    other=by,
                    **self.values,
                )
            )
        assert self.arrived.ip is not None
        self._keep(_("{node} connected to port {port} of {target}.", **self.values))
        return OpenPort(self.source, self.arrived.ip.source, seconds)

    def _flagged(self, flags: int) -> list[Packet]:
        return [one for one in self.capture.packets if one.tcp_flags & (SYN | RST | ACK) == flags]

    def _loss(self, failure: int) -> Message:
        self.capture.read()
        self._keep(_("No connection to port {port} of {target}.", **self.values))
        refused = [one for one in self.capture.packets if one.sent and one.tcp_flags & RST]
        asked = [one for one in self._flagged(SYN) if not one.sent]
        answered = [one for one in self._flagged(SYN | ACK) if not one.sent]
        if failure == errno.ECONNREFUSED and refused:
            return _(
                "{other} refuses a connection of {node} to {address} port {port}.",
                other=refused[0].node,
                **self.values,
            )
        if answered:
            return _(
                "{target} takes the connection of {node} to port {port}, but its answer goes no "
                "further than {last} on {link}.",
                last=answered[-1].node,
                link=answered[-1].link,
                **self.values,
            )
        if any(one.node == self.target.name for one in asked):
            return _(
                "The connection of {node} to port {port} reaches {target}, which does not answer.",
                **self.values,
            )
        if asked:
            return _(
                "The connection of {node} to port {port} of {target} gets as far as {last} on "
                "{link} and no further.",
                last=asked[-1].node,
                link=asked[-1].link,
                **self.values,
            )
        return _(
            "{node} cannot connect to {address} port {port}: {reason}.",
            reason=os.strerror(failure),
            **self.values,
        )

    def _keep(self, text: Message) -> None:
        self.lab.record.add("tcp", self.node.name, text, self.values, self.capture.packets)

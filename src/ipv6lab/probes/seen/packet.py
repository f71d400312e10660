"""A frame that was captured: what was sent, when, and where it was seen."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from ipv6lab.wire.headers import Datagram, datagram


@dataclass(frozen=True)
class Packet:
    """A frame, when (seconds since 1970) and where it was seen.

    `node` is the node at whose port of the link it was seen. `sent` tells the direction there:
    True when the node sent it, False when it was delivered to the node. Both are facts of the
    fabric: nobody who configures a node can fake them.
    """

    time: float
    link: str
    node: str
    sent: bool
    frame: bytes

    @property
    def destination_mac(self) -> str:
        return self.frame[0:6].hex(":")

    @property
    def source_mac(self) -> str:
        return self.frame[6:12].hex(":")

    @property
    def tcp_flags(self) -> int:
        """The flags of a TCP segment (RFC 9293 section 3.1), 0 where there is none."""
        return self.ip.tcp_flags if self.ip else 0

    @cached_property
    def ip(self) -> Datagram | None:
        """The IP packet in it, None when there is none."""
        return datagram(self.frame)

"""An advertisement that was heard, and who sent it."""

from __future__ import annotations

from dataclasses import dataclass

from ipv6lab.probes.seen.packet import Packet
from ipv6lab.wire.nd import RouterAdvertisement


@dataclass(frozen=True)
class Heard:
    """An advertisement, and the packet that it came in."""

    advertisement: RouterAdvertisement
    packet: Packet

    @property
    def sender(self) -> str:
        """The node that sent it, as the fabric knows: not what its addresses claim."""
        return self.packet.node

    @property
    def time(self) -> float:
        return self.packet.time

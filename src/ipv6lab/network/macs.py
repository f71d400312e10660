"""MAC addresses that are the same in every run."""

from __future__ import annotations

import hashlib


class Macs:
    """Gives addresses out, each once.

    An address is derived from the names of node and interface, so that interface identifiers
    (RFC 4291 appendix A) and evidence do not change from run to run; it is locally administered
    and unicast (IEEE 802: the two lowest bits of the first byte are 1 and 0).

    >>> Macs().derive("pc1", "eth0") == Macs().derive("pc1", "eth0")
    True
    """

    def __init__(self) -> None:
        self._given: set[str] = set()

    def derive(self, node: str, interface: str) -> str:
        seed = f"{node}/{interface}"
        while True:
            digest = hashlib.blake2b(seed.encode(), digest_size=5).digest()
            mac = (b"\x02" + digest).hex(":")
            if mac not in self._given:
                break
            seed += "'"
        self._given.add(mac)
        return mac

    def claim(self, mac: str) -> str:
        """Take note of an address that somebody chose, and give it back in lower case."""
        self._given.add(mac.lower())
        return mac.lower()

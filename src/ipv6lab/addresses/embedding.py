"""IPv4 addresses inside IPv6 ones, and one prefix in place of another."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

_LENGTHS = (32, 40, 48, 56, 64, 96)

# What ipv4only.arpa has, so that a host finds the translator's prefix (RFC 7050 §2.2).
IPV4ONLY = (IPv4Address("192.0.0.170"), IPv4Address("192.0.0.171"))


def translated(prefix: IPv6Network, address: IPv4Address) -> IPv6Address:
    """The IPv6 address of an IPv4 one behind a translator's prefix (RFC 6052 §2.2)."""
    if prefix.prefixlen not in _LENGTHS:
        raise ValueError(f"RFC 6052 knows no translation prefix of length {prefix.prefixlen}")
    before = prefix.network_address.packed[: prefix.prefixlen // 8]
    whole = before + address.packed
    if prefix.prefixlen < 96:  # bits 64 to 71 are zero
        whole = whole[:8] + b"\0" + whole[8:]
    return IPv6Address(whole.ljust(16, b"\0"))


def extracted(prefix: IPv6Network, address: IPv6Address) -> IPv4Address:
    """The IPv4 address that `translated` put there."""
    if prefix.prefixlen not in _LENGTHS or address not in prefix:
        raise ValueError(f"{address} is not behind the translation prefix {prefix}")
    octets = address.packed
    if prefix.prefixlen < 96:
        octets = octets[:8] + octets[9:]
    start = prefix.prefixlen // 8
    return IPv4Address(octets[start : start + 4])


def discovered(synthesised: IPv6Address) -> IPv6Network | None:
    """The prefix with which a DNS64 made this AAAA record of ipv4only.arpa (RFC 7050 §3).

    None where it is no such record, or where more than one prefix could have made it.
    """
    found = set()
    for length in _LENGTHS:
        prefix = IPv6Network((synthesised, length), strict=False)
        if any(translated(prefix, known) == synthesised for known in IPV4ONLY):
            found.add(prefix)
    return found.pop() if len(found) == 1 else None


def rapid_deployment(prefix: IPv6Network, mask_length: int, address: IPv4Address) -> IPv6Network:
    """The prefix that 6rd delegates to a customer with this IPv4 address (RFC 5969 §4).

    `mask_length` is how many bits all IPv4 addresses of the domain share.
    """
    bits = 32 - mask_length
    length = prefix.prefixlen + bits
    if not 0 <= bits <= 32 or length > 128:
        raise ValueError(f"{prefix} has no room for {bits} bits of IPv4")
    own = int(address) & ((1 << bits) - 1)
    return IPv6Network((int(prefix.network_address) | own << (128 - length), length))


def six_to_four(address: IPv4Address) -> IPv6Network:
    """The 6to4 prefix of an IPv4 address (RFC 3056 §2; its anycast relays are gone, RFC 7526)."""
    return IPv6Network((0x2002 << 112 | int(address) << 80, 48))


@dataclass(frozen=True)
class MapRule:
    """A mapping rule of MAP-E or MAP-T (RFC 7597 §5)."""

    prefix: IPv6Network
    prefix4: IPv4Network
    ea_length: int  # embedded-address bits
    psid_offset: int = 6

    @property
    def psid_length(self) -> int:
        return max(0, self.ea_length - (32 - self.prefix4.prefixlen))

    def end_user(self, delegated: IPv6Network) -> tuple[IPv4Address, int]:
        """IPv4 address and port-set id of the customer with this prefix."""
        if not delegated.subnet_of(self.prefix):
            raise ValueError(f"{delegated} is outside the rule's {self.prefix}")
        shift = 128 - self.prefix.prefixlen - self.ea_length
        embedded = int(delegated.network_address) >> shift & ((1 << self.ea_length) - 1)
        psid = embedded & ((1 << self.psid_length) - 1)
        # An EA shorter than the IPv4 suffix means a whole IPv4 prefix for the customer.
        missing = max(0, 32 - self.prefix4.prefixlen - self.ea_length)
        suffix = embedded >> self.psid_length << missing
        return IPv4Address(int(self.prefix4.network_address) | suffix), psid

    def ports(self, psid: int, psid_length: int | None = None) -> list[range]:
        """The port ranges of a port set; the first, well-known one is left out."""
        length = self.psid_length if psid_length is None else psid_length
        size = 1 << (16 - self.psid_offset - length)
        starts = range(1 if self.psid_offset else 0, 1 << self.psid_offset)
        return [
            range(first, first + size)
            for index in starts
            for first in [index << (16 - self.psid_offset) | psid * size]
        ]


def map_customer(delegated: IPv6Network, address: IPv4Address, psid: int) -> IPv6Address:
    """The address that a MAP customer edge has in its prefix (RFC 7597 §6)."""
    if delegated.prefixlen > 64:
        raise ValueError(f"{delegated} leaves no 64 bits for an identifier")
    return IPv6Address(int(delegated.network_address) | int(address) << 16 | psid)


def prefix_translated(
    internal: IPv6Network, external: IPv6Network, address: IPv6Address
) -> IPv6Address:
    """The address that NPTv6 puts in place of another (RFC 6296 §3), prefixes of at most /48.

    One 16-bit word changes so that checksums of transport protocols stay right; the way back is
    the same with both prefixes exchanged.
    """
    if internal.prefixlen != external.prefixlen or internal.prefixlen > 48:
        raise ValueError("both prefixes must be of one length, 48 at most")
    if address not in internal:
        raise ValueError(f"{address} is outside {internal}")
    moved = int(address) & int(internal.hostmask) | int(external.network_address)
    words = [moved >> shift & 0xFFFF for shift in range(112, -16, -16)]
    words[3] = _sum(words[3], adjustment(internal, external))
    if words[3] == 0xFFFF:
        words[3] = 0
    return IPv6Address(b"".join(word.to_bytes(2, "big") for word in words))


def adjustment(internal: IPv6Network, external: IPv6Network) -> int:
    """What NPTv6 adds to a word so that the sum of all stays the same (RFC 6296 §3.1)."""
    return _sum(~checksum(internal) & 0xFFFF, checksum(external))


def checksum(prefix: IPv6Network) -> int:
    """The Internet checksum of a prefix's words (RFC 1071)."""
    total = 0
    for shift in range(112, -16, -16):
        total = _sum(total, int(prefix.network_address) >> shift & 0xFFFF)
    return ~total & 0xFFFF


def _sum(one: int, other: int) -> int:
    total = one + other
    return (total & 0xFFFF) + (total >> 16)

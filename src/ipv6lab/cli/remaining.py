"""``needs4``: which hosts, names and programs used IPv4, and why."""

from __future__ import annotations

import argparse
import os
import signal
import sys
from collections.abc import Callable, Iterator
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ipv6lab.cli.parser import Commands
from ipv6lab.cli.saying import Speech, print_json
from ipv6lab.linux.signals import signals
from ipv6lab.words.errors import LabError
from ipv6lab.words.message import _

if TYPE_CHECKING:
    from ipv6lab.share.needs4 import Reading

LENGTHS = (32, 40, 48, 56, 64, 96)  # of a translator's prefix (RFC 6052 section 2.2)
PART = 1 << 20  # octets of a file that are read at once
PCAPNG = b"\x0a\x0d\x0d\x0a"
STDIN = "-"


def add(commands: Commands) -> None:
    tr = commands.speech
    needs4 = commands.add(
        "needs4", _("which hosts and names still use IPv4, and why"), run, json=True
    )
    needs4.epilog = tr(
        _(
            "ipv6lab needs4 office.pcap              what tcpdump -w office.pcap has captured\n"
            "ipv6lab needs4 pilot --seconds 60       a place in the running lab, for a minute"
        )
    )
    needs4.add_argument(
        "source",
        metavar=tr(_("CAPTURE|PLACE")),
        help=tr(_("a capture file (pcap), - for the input, or a node or link of the running lab")),
    )
    needs4.add_argument(
        "--nat64",
        metavar="PREFIX",
        action="append",
        default=[],
        help=tr(_("a translator's prefix, beside 64:ff9b::/96 and what the capture tells")),
    )
    needs4.add_argument(
        "--seconds", type=float, metavar="N", help=tr(_("listen for so many seconds"))
    )
    commands.add_seat(needs4)


def run(options: argparse.Namespace, speech: Speech) -> int:
    from ipv6lab.reports.terminal_tables import Terminal
    from ipv6lab.share import needs4_told
    from ipv6lab.share.needs4 import Reading

    if options.seconds is not None and not options.seconds > 0:
        raise LabError(_("{option} takes a number above 0.", option="--seconds"))
    prefixes = [_prefix(one) for one in options.nat64]
    source = options.source
    if source == STDIN or os.path.exists(source):
        reading = Reading(prefixes=prefixes)
        _feed(reading, _parts(source), source)
    else:
        reading = _listen(options, prefixes, speech)
    needs = reading.done()
    if not needs.frames:
        raise LabError(_("There is nothing to look at: {source} has no packets.", source=source))
    if options.json:
        print_json(needs4_told.to_json(needs, speech))
    else:
        Terminal().show(*needs4_told.parts(needs, speech))
    return 0


def _prefix(text: str) -> IPv6Network:
    try:
        network = IPv6Network(text)
    except ValueError:
        raise LabError(
            _("{prefix} is no IPv6 prefix; write one such as 64:ff9b::/96.", prefix=text)
        ) from None
    if network.prefixlen not in LENGTHS:
        raise LabError(
            _(
                "{prefix}: a translator's prefix has a length of {known} (RFC 6052).",
                prefix=text,
                known=", ".join(map(str, LENGTHS)),
            )
        )
    return network


def _parts(source: str) -> Iterator[bytes]:
    try:
        if source == STDIN:
            yield from iter(lambda: sys.stdin.buffer.read(PART), b"")
        else:
            with Path(source).open("rb") as file:
                yield from iter(lambda: file.read(PART), b"")
    except OSError as error:
        raise LabError(
            _("{file} cannot be read ({reason}).", file=source, reason=error.strerror or str(error))
        ) from None


def _feed(reading: Reading, parts: Iterator[bytes], source: str) -> None:
    """Read a capture file whole. Raises LabError where it is none."""
    taker, begun, rest = _taker(reading, source), False, -1
    for data in parts:
        if not begun and data.startswith(PCAPNG):
            raise LabError(
                _(
                    "{file} is a capture in the format pcapng; make a pcap of it: "
                    "editcap -F pcap {file} NEW.",
                    file=source,
                )
            )
        begun = True
        rest = taker(data)
    if rest < 0:
        raise LabError(_("{file} is no capture file (pcap).", file=source))


def _taker(reading: Reading, source: str) -> Callable[[bytes], int]:
    """Takes a file's octets as they come; gives -1 as long as not even its head was there."""
    from ipv6lab.reports.pcap import ETHERNET, RAW, Reader, as_ethernet

    cutter = Reader()

    def take(data: bytes) -> int:
        try:
            for record in cutter.feed(data):
                if cutter.link not in (ETHERNET, RAW):
                    raise LabError(
                        _(
                            "{file} was captured on a link of type {type}; capture on an Ethernet "
                            "interface instead (not on -i any).",
                            file=source,
                            type=cutter.link or 0,
                        )
                    )
                reading.add(record.time, as_ethernet(record.octets, cutter.link))
        except ValueError:
            raise LabError(_("{file} is no capture file (pcap).", file=source)) from None
        return -1 if cutter.link is None else 0

    return take


def _listen(options: argparse.Namespace, prefixes: list[IPv6Network], speech: Speech) -> Reading:
    from ipv6lab import sandbox
    from ipv6lab.cli.packet_list import check_place
    from ipv6lab.course import content, plan
    from ipv6lab.course.running import chosen_seat
    from ipv6lab.share.needs4 import Reading

    place, _sign, interface = options.source.partition(":")
    if "/" in place or "." in place:
        raise LabError(_("There is no capture file {file}.", file=options.source))
    seat = chosen_seat(options.seat)
    # The lab's own translator has its prefix from the plan, whether or not somebody tells it.
    planned = plan.translators(plan.addressing_plan(content.find(), seat))
    with sandbox.join(seat) as lab:
        check_place(place, lab.request("describe")["network"])
        reading = Reading(_names(lab.request("addresses")["nodes"]), [*prefixes, *planned])
        taker = _taker(reading, options.source)
        channel = lab.open(
            "capture",
            node=place,
            interface=interface or None,
            filter="",
            count=None,
            seconds=options.seconds,
        )
        begun = False
        with signals((signal.SIGINT, signal.SIGTERM), channel.signal):
            for kind, data in channel:
                if kind == "O":
                    if not begun:  # with the head of the file it says that it captures
                        begun = True
                        speech.note(
                            _("Listening on {place}; Ctrl-C ends it.", place=options.source)
                        )
                    taker(data)
                elif kind == "X":
                    return reading
    raise LabError(_("The lab has ended."))


def _names(nodes: dict[str, Any]) -> dict[IPv4Address | IPv6Address, str]:
    """The node of each address that a lab's nodes have, where it is one's alone."""
    found: dict[IPv4Address | IPv6Address, str] = {}
    for node, interfaces in nodes.items():
        for address in _addresses(interfaces):
            found[address] = node
    return found


def _addresses(value: Any) -> Iterator[IPv4Address | IPv6Address]:
    """All addresses in what a lab tells of a node, however deep."""
    if isinstance(value, dict):
        for one in value.values():
            yield from _addresses(one)
    elif isinstance(value, list):
        for one in value:
            yield from _addresses(one)
    elif isinstance(value, str):
        try:
            address = ip_address(value.partition("/")[0])
        except ValueError:
            return
        if not address.is_link_local and not address.is_loopback:
            yield address

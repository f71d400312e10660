"""Hearing the routers of a link of a running lab: ask as a host does, and listen."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ipv6lab.reports.explain_ra import is_advertisement
from ipv6lab.reports.pcap import Reader
from ipv6lab.words.errors import LabError
from ipv6lab.words.message import _

if TYPE_CHECKING:
    from ipv6lab.sandbox import Lab

SECONDS = 4.0  # a router may take 3.5 to answer (RFC 4861 §6.2.6)


def advertisements(lab: Lab, link: str) -> dict[str, bytes]:
    """The last advertisement of each router that is heard on a link, by its MAC address.

    Frames, Ethernet headers and all. Raises LabError when there is no such link.
    """
    network = lab.request("describe")["network"]
    ends = _ends(network, link)
    heard = lab.open("capture", node=link, filter="icmp6 and ip6[40] == 134", seconds=SECONDS)
    found: dict[str, bytes] = {}
    reader: Reader = Reader()
    asked = False
    for kind, data in heard:
        if kind != "O":
            continue
        for record in reader.feed(data):
            if is_advertisement(record.octets):
                found[record.octets[6:12].hex(":")] = record.octets
        if not asked and reader.link is not None:
            asked = True
            for node, interface in ends:
                _ask(lab, node, interface)
    return found


def _ends(network: Mapping[str, Any], link: str) -> list[tuple[str, str]]:
    """Hosts on a link with the interfaces that are on it, one of them; routers where is none."""
    if link not in network["links"]:
        raise LabError(
            _(
                "There is no link {link} here; the links are {links}.",
                link=link,
                links=", ".join(network["links"]),
            )
        )
    ends = [
        (str(node["kind"]), name, interface)
        for name, node in network["nodes"].items()
        for interface, told in node["interfaces"].items()
        if told["link"] == link
    ]
    return [(name, interface) for _kind, name, interface in sorted(ends)[:1]]


def _ask(lab: Lab, node: str, interface: str) -> None:
    """Send a router solicitation, unrecorded; its answer is seen on the link."""
    argv = ["rdisc6", "-1", "-r", "1", "-w", "1", interface]
    channel = lab.open("exec", node=node, argv=argv, env={}, cwd=None, pty=None)
    channel.end_input()
    with contextlib.suppress(LabError):
        for _told in channel:
            pass

"""Hearing the routers of a link of a running lab: ask as a host does, and listen."""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from ipv6lab.reports.explain_ra import is_advertisement
from ipv6lab.reports.pcap import Reader
from ipv6lab.words.errors import LabError
from ipv6lab.words.message import _

if TYPE_CHECKING:
    from ipv6lab.sandbox import Lab

# A router may take 3.5 s to answer: it waits up to 0.5 s, and advertises at most every 3 s
# (RFC 4861 §6.2.6).
SECONDS = 4.0
# Everything that may be one: also what hides behind extension headers (RFC 7113).
FILTER = "ip6 and not ip6 proto 6 and not ip6 proto 17"
ALL_ROUTERS = "ff020000000000000000000000000002"


def advertisements(lab: Lab, link: str) -> dict[str, bytes]:
    """The last advertisement of each router that is heard on a link, by its MAC address.

    Frames, Ethernet headers and all. Listens until everybody has answered who can have heard the
    question, else for `SECONDS`. Raises LabError when there is no such link.
    """
    network = lab.request("describe")["network"]
    ends = _ends(network, link)
    heard = lab.open("capture", node=link, filter=FILTER, seconds=SECONDS)
    found: dict[str, bytes] = {}
    reader: Reader = Reader()
    wanted: set[str] = set()
    asked = False
    for kind, data in heard:
        if kind != "O":
            continue
        for record in reader.feed(data):
            if is_advertisement(record.octets):
                found[record.octets[6:12].hex(":")] = record.octets
        if not asked and reader.link is not None:
            asked = True
            wanted = _members(lab, network, ends)
            for node, interface in _askers(network, ends):
                _ask(lab, node, interface)
        if wanted and wanted <= found.keys():
            heard.signal(signal.SIGINT)
            wanted = set()
    return found


def _ends(network: Mapping[str, Any], link: str) -> list[tuple[str, str]]:
    """The nodes on a link, each with its interface there."""
    if link not in network["links"]:
        raise LabError(
            _(
                "There is no link {link} here; the links are {links}.",
                link=link,
                links=", ".join(network["links"]),
            )
        )
    return [
        (name, interface)
        for name, node in network["nodes"].items()
        for interface, told in node["interfaces"].items()
        if told["link"] == link
    ]


def _askers(network: Mapping[str, Any], ends: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """One end to ask from; a host's, where there is one."""
    return sorted(ends, key=lambda end: (network["nodes"][end[0]]["kind"], end))[:1]


def _members(lab: Lab, network: Mapping[str, Any], ends: Iterable[tuple[str, str]]) -> set[str]:
    """The MAC addresses of those that hear a solicitation: they are in the group of all routers.

    That is so for whoever forwards, and for daemons that advertise (RFC 4291 §2.7.1).
    """
    running = [(*end, _open(lab, end[0], ["cat", "/proc/net/igmp6"])) for end in ends]
    found = set()
    for node, interface, channel in running:
        output = b""
        with contextlib.suppress(LabError):
            for kind, data in channel:
                if kind == "O":
                    output += data
        for line in output.decode().splitlines():
            _index, name, address, *_more = line.split()
            if (name, address) == (interface, ALL_ROUTERS):
                found.add(str(network["nodes"][node]["interfaces"][interface]["mac"]))
    return found


def _ask(lab: Lab, node: str, interface: str) -> None:
    """Send a router solicitation, unrecorded; its answer is seen on the link."""
    with contextlib.suppress(LabError):
        for _told in _open(lab, node, ["rdisc6", "-1", "-r", "1", "-w", "1", interface]):
            pass


def _open(lab: Lab, node: str, argv: list[str]) -> Any:
    channel = lab.open("exec", node=node, argv=argv, env={}, cwd=None, pty=None)
    channel.end_input()
    return channel

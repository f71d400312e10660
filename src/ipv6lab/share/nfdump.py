"""Flows as ``nfdump -o csv`` writes them, of the versions 1.6 and 1.7."""

from __future__ import annotations

import csv
from datetime import datetime

from ipv6lab.share.records import Bad, Record, address, number
from ipv6lab.words.message import _

NAMES = {
    "source": ("sa", "srcaddr", "srcip"),
    "destination": ("da", "dstaddr", "dstip"),
    "source port": ("sp", "srcport"),
    "destination port": ("dp", "dstport"),
    "protocol": ("pr", "proto", "protocol"),
    "octets": ("ibyt", "bytes", "inbytes"),
    "octets back": ("obyt", "outbytes"),
    "time": ("ts", "firstseen", "first"),
    "flows": ("fl", "flows"),
}
PROTOCOLS = {
    "icmp": 1, "igmp": 2, "tcp": 6, "udp": 17, "ipv6": 41, "gre": 47, "icmp6": 58, "ipv6-icmp": 58,
    "icmpv6": 58, "ospf": 89, "pim": 103, "vrrp": 112, "sctp": 132,
}  # fmt: skip


def columns(text: str) -> dict[str, int] | None:
    """Where a headline has what is needed; None where the line is no headline."""
    try:
        names = [word.strip().lower() for word in next(csv.reader([text]), [])]
    except csv.Error:
        return None
    found = {
        what: names.index(known)
        for what, aliases in NAMES.items()
        for known in aliases
        if known in names
    }
    return found if {"source", "destination", "octets"} <= set(found) else None


class Reader:
    """Reads line by line: a headline says what follows, and a summary ends it."""

    def __init__(self) -> None:
        self.columns: dict[str, int] | None = None
        self.summary = False

    def line(self, text: str) -> Record | None:
        """A flow; None for a headline or what belongs to a summary. Raises Bad."""
        if (found := columns(text)) is not None:
            self.columns, self.summary = found, False
            return None
        if text.strip() == "Summary":
            self.summary = True
        if self.summary:
            return None
        if self.columns is None:
            raise Bad(_("a flow before the headline that names its columns"))
        try:
            words = next(csv.reader([text]), [])
        except csv.Error:
            raise Bad(_("no comma-separated values")) from None
        return self._flow(words)

    def _flow(self, words: list[str]) -> Record:
        assert self.columns is not None
        if len(words) <= max(self.columns.values()):
            raise Bad(_("fewer columns than the headline names"))
        of = {what: words[at].strip() for what, at in self.columns.items()}
        ends = [address(of["source"]), address(of["destination"])]
        if ends[0].version != ends[1].version:
            raise Bad(_("a flow between two families"))
        if _port(of.get("source port")) < _port(of.get("destination port")):
            ends.reverse()  # the way back: who asked has the higher port
        return Record(
            tuple(ends),
            number(of["octets"]) + number(of.get("octets back", "-")),
            _month(of.get("time", "")),
            number(of["flows"]) if "flows" in of else 1,
            _protocol(of.get("protocol", "")),
        )


def _port(text: str | None) -> int:
    # nfdump writes an ICMP message's type and code as 128.0
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 6 else 0


def _protocol(text: str) -> int | None:
    if text.isascii() and text.isdigit() and len(text) < 4:
        return int(text)
    return PROTOCOLS.get(text.lower())


def _month(text: str) -> str:
    if not text:
        return ""
    try:
        return datetime.fromisoformat(text).strftime("%Y-%m")
    except ValueError:
        raise Bad(_("a time that no calendar has")) from None

"""Named counters of nftables, as ``nft list counters`` and ``nft -j list counters`` write them.

A counter tells its family by its name (``wan_v6``, ``tslcd-ipv4``, ``tunnel``, ``nat64``) or, where
that says nothing, by its table's (ip, ip6). What is left of the name is the place it counts at.
"""

from __future__ import annotations

import json
import re
from typing import Any

from ipv6lab.share.records import IPV4, NAT64, NATIVE, TUNNEL, Bad, Record, number
from ipv6lab.words.message import _

# The first that fits: "6in4" and "nat64" would be taken for a family otherwise.
WORDS = (
    (TUNNEL, re.compile(r"tunnel|6in4|6to4|6rd|teredo|proto41", re.I)),
    (NAT64, re.compile(r"nat64", re.I)),
    (NATIVE, re.compile(r"(?<![a-z0-9])(?:ipv6|ip6|inet6|v6)(?![a-z0-9])", re.I)),
    (IPV4, re.compile(r"(?<![a-z0-9])(?:ipv4|ip4|inet4|v4)(?![a-z0-9])", re.I)),
)
TABLES = {"ip": IPV4, "ip6": NATIVE}

TABLE = re.compile(r"\s*table (\w+) \S+ \{")
COUNTER = re.compile(r"\s*counter ([\w./-]+) \{")
COUNTED = re.compile(r"(?:.*\{)?\s*packets ([0-9]{1,31}) bytes ([0-9]{1,31})\s*\}?\s*$")


def counted(name: str, table: str, size: object) -> Record:
    """What a counter says. Raises Bad where neither its name nor its table has a family."""
    spaced = name.replace("_", " ").replace("-", " ").replace(".", " ")
    for kind, pattern in WORDS:
        if found := pattern.search(spaced):
            place = " ".join((spaced[: found.start()] + " " + spaced[found.end() :]).split())
            return Record((), number(size), requests=0, kind=kind, place=place)
    if table not in TABLES:
        raise Bad(_("a counter whose name and table tell no family"))
    return Record((), number(size), requests=0, kind=TABLES[table], place=spaced.strip())


class Reader:
    """Reads the text form line by line; what is no named counter in it counts nothing."""

    def __init__(self) -> None:
        self.table, self.name = "", ""

    def line(self, text: str) -> Record | None:
        if found := TABLE.match(text):
            self.table, self.name = found[1], ""
            return None
        if found := COUNTER.match(text):
            self.name = found[1]
        if self.name and (values := COUNTED.match(text)):
            name, self.name = self.name, ""
            return counted(name, self.table, values[2])
        if "}" in text:
            self.name = ""
        return None


def entries(text: str) -> list[Any]:
    """The counters of the JSON form. Raises Bad."""
    try:
        found = json.loads(text)["nftables"]
    except (ValueError, RecursionError, KeyError, TypeError):
        raise Bad(_("no JSON of nft")) from None
    if not isinstance(found, list):
        raise Bad(_("no JSON of nft"))
    return [one["counter"] for one in found if isinstance(one, dict) and "counter" in one]


def entry(found: Any) -> Record:
    """One counter of the JSON form. Raises Bad."""
    if not isinstance(found, dict) or not isinstance(found.get("name"), str):
        raise Bad(_("a counter without a name"))
    return counted(found["name"], str(found.get("family")), found.get("bytes"))

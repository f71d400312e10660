"""Adding up: by kind of traffic, by month, by office and by truncated prefix."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from ipaddress import ip_network
from typing import Any

from ipv6lab.addresses.text import written
from ipv6lab.share.reading import SOURCES, File, records
from ipv6lab.share.records import (
    IPV4,
    KEPT,
    KINDS,
    NATIVE,
    OTHER,
    TUNNEL,
    Address,
    Record,
    Rules,
    truncated,
)

MEASURES = ("bytes", "requests", "clients")
SHOWN = 20  # prefixes that are published


class Sums:
    """Octets, requests and clients of each kind."""

    def __init__(self) -> None:
        self.bytes: Counter[str] = Counter()
        self.requests: Counter[str] = Counter()
        self._clients: dict[str, set[tuple[int, int]]] = defaultdict(set)

    def add(self, kind: str, size: int, requests: int, client: tuple[int, int] | None) -> None:
        self.bytes[kind] += size
        self.requests[kind] += requests
        if client is not None:
            self._clients[kind].add(client)

    def of(self, measure: str, kind: str) -> int:
        if measure == "clients":
            return len(self._clients.get(kind, ()))
        return int(getattr(self, measure)[kind])

    def share(self, measure: str) -> float | None:
        """Per cent of IPv6, native and tunnelled, in both families; None where there is nothing.

        NAT64 is in neither part: behind it is IPv4, which the other side of the translator counts.
        """
        ours = self.of(measure, NATIVE) + self.of(measure, TUNNEL)
        both = ours + self.of(measure, IPV4)
        return 100 * ours / both if both else None

    def to_json(self) -> dict[str, Any]:
        return {
            "share": {one: _rounded(self.share(one)) for one in MEASURES},
            "counts": {kind: {one: self.of(one, kind) for one in MEASURES} for kind in KINDS},
        }


@dataclass
class Source:
    """All of one kind: web servers' logs, flows or counters."""

    name: str
    all: Sums = field(default_factory=Sums)
    months: dict[str, Sums] = field(default_factory=lambda: defaultdict(Sums))
    offices: dict[str, Sums] = field(default_factory=lambda: defaultdict(Sums))
    networks: Counter[str] = field(default_factory=Counter)

    def to_json(self) -> dict[str, Any]:
        return {
            "source": self.name,
            **self.all.to_json(),
            "months": [{"month": one, **self.months[one].to_json()} for one in sorted(self.months)],
            "offices": [
                {"office": one, **self.offices[one].to_json()} for one in sorted(self.offices)
            ],
            "networks": [
                {"prefix": prefix, "requests": count}
                for prefix, count in self.networks.most_common(SHOWN)
            ],
        }


@dataclass
class Report:
    """What was found in all files."""

    sources: dict[str, Source] = field(default_factory=dict)
    files: list[File] = field(default_factory=list)

    @property
    def counted(self) -> int:
        return sum(file.counted for file in self.files)

    @property
    def bad_lines(self) -> int:
        return sum(file.bad_lines for file in self.files)


def tally(names: Iterable[str], rules: Rules, format: str = "", by_64: bool = False) -> Report:
    """Read files and add up. `by_64` counts IPv6 clients by /64. Raises LabError."""
    report = Report()
    for name in names:
        file = File(name)
        report.files.append(file)
        alike: dict[tuple[object, ...], list[int]] = {}
        for record in records(name, format, file):
            # What differs in size alone is added up first: that is quick, the rest is not.
            _ends, size, month, requests, *what = record
            key = (record.ends, month, *what)
            if (sums := alike.get(key)) is None:
                if len(alike) == KEPT:
                    _add(report, file, rules, by_64, alike)
                sums = alike[key] = [0, 0]
            sums[0] += size
            sums[1] += requests
        _add(report, file, rules, by_64, alike)
    return report


def _add(
    report: Report,
    file: File,
    rules: Rules,
    by_64: bool,
    alike: dict[tuple[object, ...], list[int]],
) -> None:
    """Put sums of records that differ in nothing else into the report, and forget them."""
    for key, (size, requests) in alike.items():
        ends, month, *what = key
        record = Record(ends, size, month, requests, *what)  # type: ignore[arg-type]
        name = SOURCES[file.format]
        source = report.sources.setdefault(name, Source(name))
        kind = rules.kind(record)
        office, client = rules.office(record)
        seen = None if client is None else _client(client, by_64)
        values = (kind, size, requests, seen)
        source.all.add(*values)
        if record.month:
            source.months[record.month].add(*values)
        if office:
            source.offices[office].add(*values)
        if client is not None and kind != OTHER:
            source.networks[written(truncated(client))] += requests
    alike.clear()


def _client(client: Address, by_64: bool) -> tuple[int, int]:
    if by_64 and client.version == 6:
        return 6, int(ip_network((client, 64), strict=False).network_address)
    return client.version, int(client)


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 2)

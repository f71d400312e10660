"""The packets behind a verdict, as capture files.

Classic pcap (https://datatracker.ietf.org/doc/draft-ietf-opsawg-pcap/), link type Ethernet:
every analyser opens it.
"""

from __future__ import annotations

import base64
import binascii
import re
import struct
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

MAGIC = 0xA1B2C3D4  # times in microseconds
SNAPLEN = 262144
ETHERNET = 1


class Frame(NamedTuple):
    """One captured frame: when (seconds since 1970), on which link, and its octets."""

    time: float
    link: str
    octets: bytes


def frames(evidence: Iterable[Mapping[str, Any]]) -> Iterator[Frame]:
    """The frames of a list of evidence. What is no frame at all becomes one of no octets."""
    for item in evidence:
        for packet in item.get("packets") or ():
            try:
                octets = base64.b64decode(packet.get("frame") or "", validate=True)
            except (binascii.Error, ValueError):
                octets = b""
            yield Frame(float(packet.get("time") or 0), str(packet.get("link") or ""), octets)


def pcap(captured: Iterable[Frame]) -> bytes:
    """The frames, each once and in the order of time, as the content of a capture file."""
    parts = [struct.pack("!IHHiIII", MAGIC, 2, 4, 0, 0, SNAPLEN, ETHERNET)]
    for frame in sorted(set(captured)):
        microseconds = max(0, round(frame.time * 1_000_000))
        octets = frame.octets[:SNAPLEN]
        parts.append(
            struct.pack(
                "!IIII",
                microseconds // 1_000_000 & 0xFFFFFFFF,
                microseconds % 1_000_000,
                len(octets),
                len(frame.octets),
            )
        )
        parts.append(octets)
    return b"".join(parts)


def file_name(check: Mapping[str, Any]) -> str:
    """The capture file of a check: its id, of which only harmless letters are kept."""
    return re.sub(r"[^A-Za-z0-9_-]+", "_", str(check["id"])) + ".pcap"


def write(checks: Iterable[Mapping[str, Any]], directory: Path) -> list[Path]:
    """Write one capture file for each check that has packets; the files written.

    A check's capture from an earlier report does not outlive its packets.
    """
    written = []
    for check in checks:
        captured = [frame for frame in frames(check.get("evidence") or ()) if frame.octets]
        path = directory / file_name(check)
        if not captured:
            path.unlink(missing_ok=True)
            continue
        directory.mkdir(parents=True, exist_ok=True)
        path.write_bytes(pcap(captured))
        written.append(path)
    return written

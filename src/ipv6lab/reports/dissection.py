"""Frames as a protocol analyser shows them: one line each, and the tree of their fields.

The words are the protocols' own and are not translated. Whatever a frame contains, decoding it
gives a `Packet` and no error: what scapy cannot read is shown as octets.
"""

from __future__ import annotations

import string
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

from ipv6lab.reports.evidence import Frame
from ipv6lab.reports.packet_info import dissect, endpoints, info, protocol
from ipv6lab.reports.packet_names import DECIMAL, FIELDS, HIDDEN, LAYERS, SAME_FIELDS

if TYPE_CHECKING:
    from scapy.packet import Packet as Dissected

LONGEST_VALUE = 400  # characters of one field that are shown
MOST_LAYERS = 40


class Layer(NamedTuple):
    """One header, option or payload: its name and its fields in the order of the wire."""

    name: str
    fields: tuple[tuple[str, str], ...]


class Packet(NamedTuple):
    """A decoded frame."""

    time: float
    link: str
    source: str
    destination: str
    protocol: str
    info: str
    layers: tuple[Layer, ...]
    octets: bytes

    @property
    def summary(self) -> str:
        """The packet in one line, such as ``fe80::1 → ff02::1 ICMPv6 Router Advertisement``."""
        return f"{self.source} → {self.destination} {self.protocol} {self.info}".rstrip()


def decode(frame: Frame) -> Packet:
    """Decode one Ethernet frame; never raises."""
    if len(frame.octets) < 14:
        return _undecoded(frame, f"{len(frame.octets)} octets, no Ethernet frame")
    try:
        packet = dissect(frame.octets)
        source, destination = endpoints(packet)
        return Packet(
            frame.time,
            frame.link,
            _printable(source),
            _printable(destination),
            protocol(packet),
            _printable(info(packet, frame.octets)),
            tuple(_layers(packet)),
            frame.octets,
        )
    except Exception as error:
        # Hostile octets reach every corner of a decoder; the evidence is shown all the same.
        return _undecoded(frame, f"malformed frame ({type(error).__name__})")


def decode_all(captured: Iterable[Frame]) -> list[Packet]:
    """Decode frames in the order of time."""
    return [decode(frame) for frame in sorted(captured)]


def hexdump(octets: bytes, limit: int = 1024) -> str:
    """Octets as offset, hexadecimal and characters, 16 in a line."""
    lines = []
    for start in range(0, min(len(octets), limit), 16):
        row = octets[start : start + 16]
        characters = "".join(chr(octet) if 32 <= octet < 127 else "·" for octet in row)
        lines.append(f"{start:04x}  {row.hex(' '):<47}  {characters}")
    if len(octets) > limit:
        lines.append(f"… {len(octets) - limit} octets more")
    return "\n".join(lines)


def _undecoded(frame: Frame, reason: str) -> Packet:
    return Packet(frame.time, frame.link, "?", "?", "?", reason, (), frame.octets)


def _layers(packet: Dissected) -> Iterator[Layer]:
    layer: Any = packet
    for _depth in range(MOST_LAYERS):
        if layer is None or type(layer).__name__ == "NoPayload":
            return
        yield Layer(LAYERS.get(type(layer).__name__) or str(layer.name), tuple(_fields(layer)))
        layer = layer.payload


def _fields(layer: Any) -> Iterator[tuple[str, str]]:
    kind = SAME_FIELDS.get(type(layer).__name__, type(layer).__name__)
    for description in layer.fields_desc:
        if description.name in HIDDEN or description.name not in layer.fields:
            continue
        value = layer.fields[description.name]
        name = FIELDS.get((kind, description.name)) or FIELDS.get(
            ("", description.name), description.name
        )
        yield name, _printable(_value(layer, description, value)) or "(none)"


def _value(layer: Any, description: Any, value: Any) -> str:
    if isinstance(value, bytes):
        return _text_or_hex(value)
    if isinstance(value, list) and value and hasattr(value[0], "fields_desc"):
        return "; ".join(_inner(item) for item in value[:16])
    if isinstance(value, list):
        return ", ".join(_plain(item) for item in value[:32])
    if hasattr(value, "fields_desc"):
        return _inner(value)
    if isinstance(value, int) and description.name in DECIMAL:
        return str(int(value))
    return _plain(description.i2repr(layer, value))


def _inner(item: Any) -> str:
    """A record within a field (a DHCPv6 option in an option, a DNS record), in one line."""
    name = LAYERS.get(type(item).__name__) or str(item.name)
    inside = ", ".join(f"{key} {value}" for key, value in _fields(item))
    return f"{name}: {inside}" if inside else name


def _plain(value: Any) -> str:
    if isinstance(value, bytes):
        return _text_or_hex(value)
    text = str(value)
    if len(text) >= 2 and text[0] == text[-1] == "'":
        return text[1:-1]
    return text


def _text_or_hex(value: bytes) -> str:
    if all(octet < 127 and chr(octet) in string.printable for octet in value):
        return value.decode("ascii")
    return value.hex(" ")


def _printable(text: str) -> str:
    """One line without control characters, cut at `LONGEST_VALUE`."""
    clean = "".join(char if char.isprintable() else "·" for char in text)
    return clean if len(clean) <= LONGEST_VALUE else clean[:LONGEST_VALUE] + "…"

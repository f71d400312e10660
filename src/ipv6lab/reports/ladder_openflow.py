"""What a switch and its controller say to each other: OpenFlow 1.0 and 1.3 in words.

Messages and fields have OpenFlow's own names (OpenFlow Switch Specification 1.3.5, section 7). What
a message carries, a frame that no entry matched, say, is told as it is elsewhere in a ladder.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from ipaddress import IPv4Address, IPv6Address

from ipv6lab.words.message import Message, _

PORTS = (6653, 6633)  # IANA's, and the one that was usual before
V10, V13 = 1, 4
HEADER = 8  # octets
TYPES = {
    **dict(enumerate(("hello", "error", "echo request", "echo reply", "experimenter"))),
    **dict(enumerate(("features request", "features reply", "config request", "config reply"), 5)),
    **dict(enumerate(("set config", "packet-in", "flow-removed", "port-status"), 9)),
    **dict(enumerate(("packet-out", "flow-mod"), 13)),
}
LATER = {
    V10: {15: "port-mod", 16: "statistics request", 17: "statistics reply", 18: "barrier request",
          19: "barrier reply"},
    V13: {15: "group-mod", 16: "port-mod", 17: "table-mod", 18: "multipart request",
          19: "multipart reply", 20: "barrier request", 21: "barrier reply", 24: "role request",
          25: "role reply", 29: "meter-mod"},
}  # fmt: skip
COMMANDS = ("add", "modify", "modify strict", "delete", "delete strict")
PORT_NAMES = {
    0xFFFFFFF8: "IN_PORT",
    0xFFFFFFF9: "TABLE",
    0xFFFFFFFA: "NORMAL",
    0xFFFFFFFB: "FLOOD",
    0xFFFFFFFC: "ALL",
    0xFFFFFFFD: "CONTROLLER",
    0xFFFFFFFE: "LOCAL",
    0xFFFFFFFF: "ANY",
}
_MAC, _NUMBER, _HEX, _IP4, _IP6 = range(5)
FIELDS = {
    0: ("in_port", _NUMBER),
    3: ("eth_dst", _MAC),
    4: ("eth_src", _MAC),
    5: ("eth_type", _HEX),
    6: ("vlan_vid", _NUMBER),
    10: ("ip_proto", _NUMBER),
    11: ("ipv4_src", _IP4),
    12: ("ipv4_dst", _IP4),
    13: ("tcp_src", _NUMBER),
    14: ("tcp_dst", _NUMBER),
    15: ("udp_src", _NUMBER),
    16: ("udp_dst", _NUMBER),
    22: ("arp_spa", _IP4),
    23: ("arp_tpa", _IP4),
    26: ("ipv6_src", _IP6),
    27: ("ipv6_dst", _IP6),
    29: ("icmpv6_type", _NUMBER),
    30: ("icmpv6_code", _NUMBER),
    31: ("ipv6_nd_target", _IP6),
    32: ("ipv6_nd_sll", _MAC),
    33: ("ipv6_nd_tll", _MAC),
    39: ("ipv6_exthdr", _HEX),
}
REMOVED = ("idle time-out", "hard time-out", "deleted", "group deleted")
CHANGED = ("port added", "port deleted", "port modified")
ERROR = 1
Detail = Message | str
Told = Callable[[bytes], tuple[Detail, ...]]  # what a frame says, in a few words


def messages(payload: bytes) -> list[tuple[int, int, bytes]]:
    """The version, type and octets of each message in a segment, the last one perhaps cut short.

    Empty where the segment does not begin with one.
    """
    found = []
    at = 0
    while at + HEADER <= len(payload):
        version, kind, length = struct.unpack_from("!BBH", payload, at)
        if length < HEADER or not 1 <= version <= 6 or kind > 35:
            break
        found.append((version, kind, payload[at : at + length]))
        at += length
    return found


def name(version: int, kind: int) -> str:
    """What OpenFlow calls a message of this type."""
    return TYPES.get(kind) or LATER.get(version, LATER[V13]).get(kind) or f"type {kind}"


def details(version: int, kind: int, octets: bytes, told: Told) -> tuple[Detail, ...]:
    """What a message says; nothing where it is cut short, or of a version that is not read."""
    teller = _TELLERS.get((version, kind))
    if teller is None:
        return ()
    try:
        return tuple(teller(octets, told))
    except (struct.error, IndexError, ValueError):
        return ()


def _packet_in(octets: bytes, told: Told) -> Iterator[Detail]:
    reason, table = octets[14], octets[15]
    match, end = _match(octets, 24)
    yield _("no entry but table-miss") if reason == 0 else _("an entry sends it here")
    yield _("port {port}", port=match.get("in_port", "?"))
    if table:
        yield _("table {table}", table=table)
    yield from told(octets[end + 2 :])


def _packet_in_10(octets: bytes, told: Told) -> Iterator[Detail]:
    yield _("no entry") if octets[16] == 0 else _("an entry sends it here")
    yield _("port {port}", port=struct.unpack_from("!H", octets, 14)[0])
    yield from told(octets[18:])


def _packet_out(octets: bytes, told: Told) -> Iterator[Detail]:
    buffer, _port, length = struct.unpack_from("!IIH", octets, 8)
    yield from _outputs(octets[24 : 24 + length], _port_13)
    if buffer == 0xFFFFFFFF:
        yield from told(octets[24 + length :])


def _packet_out_10(octets: bytes, told: Told) -> Iterator[Detail]:
    buffer, _port, length = struct.unpack_from("!IHH", octets, 8)
    yield from _outputs(octets[16 : 16 + length], _port_10)
    if buffer == 0xFFFFFFFF:
        yield from told(octets[16 + length :])


def _flow_mod(octets: bytes, _told: Told) -> Iterator[Detail]:
    table, command, idle, hard, priority = struct.unpack_from("!BBHHH", octets, 24)
    match, end = _match(octets, 48)
    yield COMMANDS[command]
    if table not in (0, 0xFF):
        yield _("table {table}", table=table)
    yield _("priority {priority}", priority=priority)
    yield " ".join(f"{field}={value}" for field, value in match.items()) or _("matches everything")
    if command < 3:
        yield from _instructions(octets[end:])
    if idle:
        yield _("idle time-out {seconds} s", seconds=idle)
    if hard:
        yield _("hard time-out {seconds} s", seconds=hard)


def _flow_mod_10(octets: bytes, _told: Told) -> Iterator[Detail]:
    command, idle, hard, priority = struct.unpack_from("!HHHH", octets, 56)
    yield COMMANDS[command]
    yield _("priority {priority}", priority=priority)
    if command < 3:
        yield from _outputs(octets[72:], _port_10)
    if idle:
        yield _("idle time-out {seconds} s", seconds=idle)
    if hard:
        yield _("hard time-out {seconds} s", seconds=hard)


def _flow_removed(octets: bytes, _told: Told) -> Iterator[Detail]:
    priority, reason, _table = struct.unpack_from("!HBB", octets, 16)
    match, _end = _match(octets, 48)
    yield REMOVED[reason]
    yield _("priority {priority}", priority=priority)
    yield " ".join(f"{field}={value}" for field, value in match.items()) or _("matches everything")


def _port_status(octets: bytes, _told: Told) -> Iterator[Detail]:
    (number,) = struct.unpack_from("!I", octets, 16)
    yield CHANGED[octets[8]]
    yield _("port {port}", port=_port(number))
    config_and_state = struct.unpack_from("!II", octets, 16 + 32)
    if any(one & 1 for one in config_and_state):
        yield _("it is down")


def _error(octets: bytes, _told: Told) -> Iterator[Detail]:
    kind, code = struct.unpack_from("!HH", octets, 8)
    yield _("the switch refuses it (type {kind}, code {code})", kind=kind, code=code)


def _match(octets: bytes, at: int) -> tuple[dict[str, str], int]:
    """The fields of a match, and where it ends, padding and all."""
    _kind, length = struct.unpack_from("!HH", octets, at)
    found: dict[str, str] = {}
    place, end = at + 4, at + length
    while place + 4 <= min(end, len(octets)):
        kind, field, size = struct.unpack_from("!HBB", octets, place)
        value = octets[place + 4 : place + 4 + size]
        if kind == 0x8000:
            known, form = FIELDS.get(field >> 1, (f"field {field >> 1}", _HEX))
            found[known] = _value(form, value, bool(field & 1))
        place += 4 + size
    return found, at + (length + 7) // 8 * 8


def _value(form: int, value: bytes, masked: bool) -> str:
    if masked:
        half = len(value) // 2
        return f"{_value(form, value[:half], False)}/{_value(form, value[half:], False)}"
    if form == _MAC:
        return value.hex(":")
    if form == _IP4:
        return str(IPv4Address(value))
    if form == _IP6:
        return str(IPv6Address(value))
    number = int.from_bytes(value, "big")
    return f"0x{number:x}" if form == _HEX else str(number)


def _instructions(octets: bytes) -> Iterator[Detail]:
    at, empty = 0, True
    while at + 8 <= len(octets):
        kind, length = struct.unpack_from("!HH", octets, at)
        if length < 8:
            break
        empty = False
        if kind in (3, 4):
            yield from _outputs(octets[at + 8 : at + length], _port_13)
        elif kind == 1:
            yield _("on to table {table}", table=octets[at + 4])
        at += length
    if empty:
        yield _("drops it")


def _outputs(octets: bytes, port: Callable[[bytes], int]) -> Iterator[Detail]:
    """What a list of actions does; `port` reads the number behind an output's length."""
    at, ports, others = 0, [], 0
    while at + 8 <= len(octets):
        kind, length = struct.unpack_from("!HH", octets, at)
        if length < 8:
            break
        if kind == 0:
            ports.append(_port(port(octets[at + 4 : at + 8])))
        else:
            others += 1
        at += length
    if ports:
        yield _("out of {ports}", ports=", ".join(ports))
    elif not others:
        yield _("drops it")
    if others:
        yield _("other actions: {count}", count=others)


def _port_13(octets: bytes) -> int:
    return int(struct.unpack("!I", octets)[0])


def _port_10(octets: bytes) -> int:
    """It has 16 bits, of which the highest values have the names of those of OpenFlow 1.3."""
    (port,) = struct.unpack_from("!H", octets)
    return int(port if port < 0xFF00 else port | 0xFFFF0000)


def _port(number: int) -> str:
    return PORT_NAMES.get(number, str(number))


_TELLERS: dict[tuple[int, int], Callable[[bytes, Told], Iterator[Detail]]] = {
    (V10, 1): _error,
    (V13, 1): _error,
    (V10, 10): _packet_in_10,
    (V13, 10): _packet_in,
    (V13, 11): _flow_removed,
    (V13, 12): _port_status,
    (V10, 13): _packet_out_10,
    (V13, 13): _packet_out,
    (V10, 14): _flow_mod_10,
    (V13, 14): _flow_mod,
}

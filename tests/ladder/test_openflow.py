"""What a switch and its controller say to each other, in words."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipv6lab.reports import ladder_openflow as openflow
from tests.ladder.frames import octets

ECHO = octets("echo")


def message(kind: int, body: bytes, version: int = 4) -> bytes:
    return struct.pack("!BBHI", version, kind, 8 + len(body), 7) + body


def match(*fields: tuple[int, bytes]) -> bytes:
    oxm = b"".join(struct.pack("!HBB", 0x8000, number << 1, len(v)) + v for number, v in fields)
    whole = struct.pack("!HH", 1, 4 + len(oxm)) + oxm
    return whole + bytes(-len(whole) % 8)


def output(*ports: int) -> bytes:
    return b"".join(struct.pack("!HHIH6x", 0, 16, port, 0) for port in ports)


PACKET_IN = message(
    10,
    struct.pack("!IHBBQ", 0xFFFFFFFF, len(ECHO), 0, 0, 0)
    + match((0, struct.pack("!I", 3)))
    + bytes(2)
    + ECHO,
)
ADD = message(
    14,
    struct.pack("!QQBBHHHIIIH2x", 0, 0, 0, 0, 20, 0, 5, 0xFFFFFFFF, 0, 0, 0)
    + match((0, struct.pack("!I", 3)), (5, b"\x86\xdd"), (29, b"\x87"))
    + struct.pack("!HH4x", 4, 8 + 32)
    + output(1, 0xFFFFFFFB),
)
DELETE = message(14, struct.pack("!QQBBHHHIIIH2x", 0, 0, 2, 3, 0, 0, 9, 0, 0, 0, 0) + match())
DROP = message(14, struct.pack("!QQBBHHHIIIH2x", 0, 0, 0, 0, 0, 60, 1, 0, 0, 0, 0) + match())
PACKET_OUT = message(13, struct.pack("!IIH6x", 0xFFFFFFFF, 3, 16) + output(1) + ECHO)
OLD_OUT = message(
    13, struct.pack("!IHH", 0xFFFFFFFF, 3, 8) + struct.pack("!HHHH", 0, 8, 0xFFFB, 0) + ECHO, 1
)
ERROR = message(1, struct.pack("!HH", 4, 9))


def told(segment: bytes) -> list[str]:
    return [
        ", ".join(
            [
                openflow.name(version, kind),
                *map(str, openflow.details(version, kind, body, lambda f: (f"{len(f)} octets",))),
            ]
        )
        for version, kind, body in openflow.messages(segment)
    ]


@pytest.mark.parametrize(
    ("segment", "said"),
    [
        (PACKET_IN, [f"packet-in, no entry but table-miss, port 3, {len(ECHO)} octets"]),
        (
            ADD,
            [
                "flow-mod, add, priority 5, in_port=3 eth_type=0x86dd icmpv6_type=135, "
                "out of 1, FLOOD, idle time-out 20 s"
            ],
        ),
        (DELETE, ["flow-mod, delete, table 2, priority 9, matches everything"]),
        (DROP, ["flow-mod, add, priority 1, matches everything, drops it, hard time-out 60 s"]),
        (PACKET_OUT, [f"packet-out, out of 1, {len(ECHO)} octets"]),
        (OLD_OUT, [f"packet-out, out of FLOOD, {len(ECHO)} octets"]),
        (ERROR, ["error, the switch refuses it (type 4, code 9)"]),
        (message(0, b"") + message(2, b""), ["hello", "echo request"]),
        (b"GET / HTTP/1.1\r\n\r\n", []),
    ],
)
def test_what_each_message_says(segment: bytes, said: list[str]) -> None:
    assert told(segment) == said


@given(st.sampled_from([PACKET_IN, ADD, PACKET_OUT, OLD_OUT]), st.data())
def test_what_is_cut_short_or_spoilt_is_told_as_far_as_it_goes(
    segment: bytes, data: st.DataObject
) -> None:
    spoilt = bytearray(segment[: data.draw(st.integers(0, len(segment)))])
    for at in data.draw(st.lists(st.integers(0, max(0, len(spoilt) - 1)), max_size=4)):
        if spoilt:
            spoilt[at] = data.draw(st.integers(0, 255))
    told(bytes(spoilt))

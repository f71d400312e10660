"""Packet filters that the kernel runs, so that a flood on a link costs a capture nothing.

Classic BPF (``Documentation/networking/filter.rst`` of the kernel) over Ethernet frames. A filter
may let too much through, never too little: who reads the packets looks again.
"""

from __future__ import annotations

import ctypes
import socket
import struct
from typing import NamedTuple

SO_ATTACH_FILTER = 26
WHOLE = 0x40000  # octets of an accepted packet to keep

_ETHERNET_TYPE = 12
_NEXT_HEADER = 20  # of IPv6, in an untagged frame
_ICMPV6_TYPE = 54
_DESTINATION_PORT = 56  # of UDP over IPv6
_VERSION = 14  # and length of the header
_TCP_FLAGS_6, _TCP_FLAGS_4 = 67, 47  # in IPv6 without extension headers, in IPv4 without options
_PROTOCOL = 23  # of IPv4
_FRAGMENT = 20  # flags and offset of IPv4
_DONT_FRAGMENT = 0x4000
_NEXT_HEADER_IN_6IN4 = 40  # of IPv6 in an IPv4 packet without options

_LOAD_HALF, _LOAD_BYTE, _RETURN = 0x28, 0x30, 0x06
_JUMP_EQUAL, _JUMP_ABOVE, _JUMP_SET = 0x15, 0x35, 0x45


class Instruction(NamedTuple):
    """`then` and `otherwise` count the instructions to skip."""

    code: int
    then: int
    otherwise: int
    value: int


Filter = tuple[Instruction, ...]


def _filter(*tests: tuple[int, int, str | None, str | None], labels: dict[str, int]) -> Filter:
    """Jumps by name; "yes" and "no" are the two ends, appended here."""
    ends = {"yes": len(tests), "no": len(tests) + 1, **labels}
    program = []
    for at, (code, value, then, otherwise) in enumerate(tests):
        skips = [0 if name is None else ends[name] - at - 1 for name in (then, otherwise)]
        program.append(Instruction(code, skips[0], skips[1], value))
    program.append(Instruction(_RETURN, 0, 0, WHOLE))
    program.append(Instruction(_RETURN, 0, 0, 0))
    return tuple(program)


# Neighbour Discovery, and every IPv6 packet with an extension header, behind which it may hide.
NEIGHBOUR_DISCOVERY = _filter(
    (_LOAD_HALF, _ETHERNET_TYPE, None, None),
    (_JUMP_EQUAL, 0x86DD, None, "no"),
    (_LOAD_BYTE, _NEXT_HEADER, None, None),
    (_JUMP_EQUAL, 6, "no", None),
    (_JUMP_EQUAL, 17, "no", None),
    (_JUMP_EQUAL, 58, None, "yes"),
    (_LOAD_BYTE, _ICMPV6_TYPE, None, None),
    (_JUMP_ABOVE, 133, None, "no"),
    (_JUMP_ABOVE, 138, "no", "yes"),
    labels={},
)

# Router Discovery and Redirects, DHCPv6, and every IPv6 packet with an extension header.
FILM = _filter(
    (_LOAD_HALF, _ETHERNET_TYPE, None, None),
    (_JUMP_EQUAL, 0x86DD, None, "no"),
    (_LOAD_BYTE, _NEXT_HEADER, None, None),
    (_JUMP_EQUAL, 6, "no", None),
    (_JUMP_EQUAL, 41, "no", None),  # what goes through a tunnel is not on this link
    (_JUMP_EQUAL, 4, "no", None),
    (_JUMP_EQUAL, 17, "udp", None),
    (_JUMP_EQUAL, 58, None, "yes"),
    (_LOAD_BYTE, _ICMPV6_TYPE, None, None),
    (_JUMP_EQUAL, 133, "yes", None),
    (_JUMP_EQUAL, 134, "yes", None),
    (_JUMP_EQUAL, 137, "yes", "no"),
    (_LOAD_HALF, _DESTINATION_PORT, None, None),
    (_JUMP_EQUAL, 546, "yes", None),
    (_JUMP_EQUAL, 547, "yes", "no"),
    labels={"udp": 12},
)

# ICMPv4, and ICMPv6 but for Neighbour Discovery and multicast listeners' reports.
PING = _filter(
    (_LOAD_HALF, _ETHERNET_TYPE, None, None),
    (_JUMP_EQUAL, 0x86DD, None, "four"),
    (_LOAD_BYTE, _NEXT_HEADER, None, None),
    (_JUMP_EQUAL, 6, "no", None),
    (_JUMP_EQUAL, 17, "no", None),
    (_JUMP_EQUAL, 58, None, "yes"),
    (_LOAD_BYTE, _ICMPV6_TYPE, None, None),
    (_JUMP_ABOVE, 130, "no", "yes"),
    (_JUMP_EQUAL, 0x0800, None, "no"),
    (_LOAD_BYTE, _PROTOCOL, None, None),
    (_JUMP_EQUAL, 1, "yes", "no"),
    labels={"four": 8},
)

# UDP over IPv6, and every IPv6 packet with an extension header.
UDP6 = _filter(
    (_LOAD_HALF, _ETHERNET_TYPE, None, None),
    (_JUMP_EQUAL, 0x86DD, None, "no"),
    (_LOAD_BYTE, _NEXT_HEADER, None, None),
    (_JUMP_EQUAL, 6, "no", None),
    (_JUMP_EQUAL, 58, "no", "yes"),
    labels={},
)

# TCP, and every IPv6 packet with an extension header.
TCP = _filter(
    (_LOAD_HALF, _ETHERNET_TYPE, None, None),
    (_JUMP_EQUAL, 0x86DD, None, "four"),
    (_LOAD_BYTE, _NEXT_HEADER, None, None),
    (_JUMP_EQUAL, 17, "no", None),
    (_JUMP_EQUAL, 58, "no", "yes"),
    (_JUMP_EQUAL, 0x0800, None, "no"),
    (_LOAD_BYTE, _PROTOCOL, None, None),
    (_JUMP_EQUAL, 6, "yes", "no"),
    labels={"four": 5},
)

# TCP segments that open a connection, or refuse it (SYN or RST), and every IPv6 packet with an
# extension header: enough to tell who answers, however much is said afterwards.
TCP_OPENING = _filter(
    (_LOAD_HALF, _ETHERNET_TYPE, None, None),
    (_JUMP_EQUAL, 0x86DD, None, "four"),
    (_LOAD_BYTE, _NEXT_HEADER, None, None),
    (_JUMP_EQUAL, 17, "no", None),
    (_JUMP_EQUAL, 58, "no", None),
    (_JUMP_EQUAL, 6, None, "yes"),
    (_LOAD_BYTE, _TCP_FLAGS_6, None, None),
    (_JUMP_SET, 0x06, "yes", "no"),
    (_JUMP_EQUAL, 0x0800, None, "no"),
    (_LOAD_BYTE, _PROTOCOL, None, None),
    (_JUMP_EQUAL, 6, None, "no"),
    (_LOAD_BYTE, _VERSION, None, None),
    (_JUMP_EQUAL, 0x45, None, "yes"),
    (_LOAD_BYTE, _TCP_FLAGS_4, None, None),
    (_JUMP_SET, 0x06, "yes", "no"),
    labels={"four": 8},
)

# What is not IPv6 (IPv4, ARP, tagged frames), of TCP over IPv4 only what begins or ends a
# connection: enough to tell that there is any.
NOT_IPV6 = _filter(
    (_LOAD_HALF, _ETHERNET_TYPE, None, None),
    (_JUMP_EQUAL, 0x86DD, "no", None),
    (_JUMP_EQUAL, 0x0800, None, "yes"),
    (_LOAD_BYTE, _PROTOCOL, None, None),
    (_JUMP_EQUAL, 6, None, "yes"),
    (_LOAD_BYTE, _VERSION, None, None),
    (_JUMP_EQUAL, 0x45, None, "yes"),
    (_LOAD_BYTE, _TCP_FLAGS_4, None, None),
    (_JUMP_SET, 0x07, "yes", "no"),
    labels={},
)

# Everything but TCP, which may be plenty; TCP in 6in4 is left out as well.
NO_TCP = _filter(
    (_LOAD_HALF, _ETHERNET_TYPE, None, None),
    (_JUMP_EQUAL, 0x86DD, None, "four"),
    (_LOAD_BYTE, _NEXT_HEADER, None, None),
    (_JUMP_EQUAL, 6, "no", "yes"),
    (_JUMP_EQUAL, 0x0800, None, "yes"),
    (_LOAD_BYTE, _PROTOCOL, None, None),
    (_JUMP_EQUAL, 6, "no", None),
    (_JUMP_EQUAL, 41, None, "yes"),
    (_LOAD_HALF, _FRAGMENT, None, None),
    (_JUMP_EQUAL, _DONT_FRAGMENT, "whole", None),
    (_JUMP_EQUAL, 0, None, "yes"),
    (_LOAD_BYTE, _NEXT_HEADER_IN_6IN4, None, None),
    (_JUMP_EQUAL, 6, "no", "yes"),
    labels={"four": 4, "whole": 11},
)


def attach(sock: socket.socket, program: Filter) -> None:
    """Make a packet socket receive only what the filter lets through."""
    code = b"".join(struct.pack("=HBBI", *instruction) for instruction in program)
    buffer = ctypes.create_string_buffer(code)
    head = struct.pack("@HP", len(program), ctypes.addressof(buffer))
    sock.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER, head)


def matches(program: Filter, frame: bytes) -> bool:
    """Run a filter as the kernel does, for those who want to know what it lets through."""
    at, accumulator = 0, 0
    while True:
        code, then, otherwise, value = program[at]
        at += 1
        if code == _RETURN:
            return value > 0
        if code in (_LOAD_HALF, _LOAD_BYTE):
            size = 2 if code == _LOAD_HALF else 1
            if value + size > len(frame):
                return False  # the kernel drops what a filter reads beyond
            accumulator = int.from_bytes(frame[value : value + size], "big")
        elif code == _JUMP_EQUAL:
            at += then if accumulator == value else otherwise
        elif code == _JUMP_SET:
            at += then if accumulator & value else otherwise
        else:
            at += then if accumulator >= value else otherwise

"""Frames from interfaces of the network namespace in which this runs, as a pcap file.

Runs in a process of its own, which may wait and may be killed.
"""

from __future__ import annotations

import fcntl
import os
import re
import select
import socket
import struct
import subprocess
import time
from dataclasses import dataclass
from typing import Any

from ipv6lab.linux import packets
from ipv6lab.linux.packets import ETH_P_ALL, PACKET_OUTGOING, SOL_PACKET
from ipv6lab.probes.seen import filters
from ipv6lab.words.errors import LabError

# draft-ietf-opsawg-pcap: times in microseconds; the types of link that interfaces here have.
HEAD = struct.Struct("=IHHiIII")
RECORD = struct.Struct("=IIII")
MAGIC = 0xA1B2C3D4
SNAPLEN = 262_144
LINKTYPE_ETHERNET, LINKTYPE_RAW = 1, 101
ARPHRD_ETHER, ARPHRD_LOOPBACK = 1, 772  # both carry an Ethernet header
SIOCGIFHWADDR = 0x8927
PACKET_ADD_MEMBERSHIP, PACKET_MR_PROMISC = 1, 1
NOTHING: filters.Filter = (filters.Instruction(0x06, 0, 0, 0),)  # return 0
# `icmp6` as a protocol; not behind `proto`, and not the octets of its header, as in icmp6[0].
ICMP6 = re.compile(r"(?<![\w\\-])(?<!proto )icmp6(?![\w-]|\s*\[)")
EXTENSION = "(ip6[{0}] = 0 or ip6[{0}] = 43 or ip6[{0}] = 44 or ip6[{0}] = 60)"
SECOND = "48 + ip6[41] * 8"  # a fragment header has 0 where others have their length
ALL_ICMP6 = (
    f"(icmp6 or (ip6 and {EXTENSION.format(6)} and (ip6[40] = 58 or "
    f"({EXTENSION.format(40)} and ip6[{SECOND}] = 58))))"
)
BATCH = 64  # frames taken before they are given on
LAST_SECONDS = 0.2  # for what had arrived when the end was asked for


@dataclass(frozen=True)
class Wanted:
    """What to capture: `filter` in tcpdump's language, empty for all."""

    node: str
    interfaces: list[str]
    filter: str
    count: int | None
    seconds: float | None


def run(wanted: Wanted, out: int, end: int) -> dict[str, Any]:
    """Write a pcap file to `out` until there is something to read on `end`.

    Returns ``frames`` and ``lost``. Raises LabError for an interface or filter that is none.
    """
    present = [name for _index, name in socket.if_nameindex()]
    for name in wanted.interfaces:
        if name not in present:
            raise LabError(
                "{node} has no interface {name}; it has {interfaces}.",
                node=wanted.node,
                name=name,
                interfaces=", ".join(present),
            )
    if not wanted.interfaces:
        raise LabError("{node} has no interface to capture on.", node=wanted.node)
    program = compiled(wanted.filter, wanted.interfaces[0]) if wanted.filter else None
    with _listening(wanted.interfaces, program) as sock:
        kind = _link_type(sock, wanted.interfaces[0])
        os.write(out, HEAD.pack(MAGIC, 2, 4, 0, 0, SNAPLEN, kind))
        return _copy(sock, wanted, out, end)


def compiled(expression: str, interface: str) -> filters.Filter:
    """A filter in tcpdump's language as the kernel's program. Raises LabError."""
    done = subprocess.run(
        ["tcpdump", "-p", "-i", interface, "-ddd", "--", widened(expression)],
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )
    if done.returncode:
        complaint = done.stderr.strip().rpartition("\n")[2].removeprefix("tcpdump: ")
        raise LabError(
            "tcpdump does not understand the filter {filter}: {complaint}.",
            filter=expression,
            complaint=complaint.rstrip("."),
        )
    _count, *lines = done.stdout.split("\n")
    rows = (tuple(int(word) for word in line.split()) for line in lines if line)
    return tuple(filters.Instruction(*row) for row in rows)


def widened(expression: str) -> str:
    """The same with every ICMPv6 message for `icmp6`, up to two extension headers before it.

    libpcap looks at the first next header alone: MLD (RFC 3810), and advertisements that evade a
    guard (RFC 7113), have another one there.
    """
    return ICMP6.sub(ALL_ICMP6, expression)


def _listening(interfaces: list[str], program: filters.Filter | None) -> socket.socket:
    """A packet socket on one interface, or on all of them."""
    several = len(interfaces) > 1
    sock = socket.socket(
        socket.AF_PACKET,
        socket.SOCK_RAW | socket.SOCK_NONBLOCK,
        socket.htons(ETH_P_ALL) if several else 0,
    )
    try:
        if program is not None:
            if several:  # it hears already, and what it heard passed no filter
                filters.attach(sock, NOTHING)
                while _records(sock, interfaces, BATCH):
                    pass
            filters.attach(sock, program)
        packets.make_ready(sock)
        for name in interfaces:  # a bridge shows what it forwards only so
            member = struct.pack("=iHH8s", socket.if_nametoindex(name), PACKET_MR_PROMISC, 0, b"")
            sock.setsockopt(SOL_PACKET, PACKET_ADD_MEMBERSHIP, member)
        if not several:
            sock.bind((interfaces[0], ETH_P_ALL))
    except BaseException:
        sock.close()
        raise
    return sock


def _link_type(sock: socket.socket, interface: str) -> int:
    request = struct.pack("16sH14x", interface.encode(), 0)
    (kind,) = struct.unpack_from("=H", fcntl.ioctl(sock, SIOCGIFHWADDR, request), 16)
    return LINKTYPE_ETHERNET if kind in (ARPHRD_ETHER, ARPHRD_LOOPBACK) else LINKTYPE_RAW


def _copy(sock: socket.socket, wanted: Wanted, out: int, end: int) -> dict[str, Any]:
    until = None if wanted.seconds is None else time.monotonic() + wanted.seconds
    poll = select.poll()
    poll.register(sock, select.POLLIN)
    poll.register(end, select.POLLIN)
    frames = 0
    ending = False
    while not ending and (wanted.count is None or frames < wanted.count):
        left = None if until is None else max(0.0, until - time.monotonic()) * 1000
        ready = [fd for fd, _events in poll.poll(left)]
        ending = end in ready or left == 0
        room = BATCH if wanted.count is None else min(BATCH, wanted.count - frames)
        last = time.monotonic() + LAST_SECONDS
        while records := _records(sock, wanted.interfaces, room):
            frames += len(records)
            _write_all(out, b"".join(records))
            room -= 0 if wanted.count is None else len(records)
            if not ending or not room or time.monotonic() > last:
                break
    return {"frames": frames, "lost": packets.take_lost(sock)}


def _records(sock: socket.socket, interfaces: list[str], most: int) -> list[bytes]:
    """What has arrived, as records of the file; empty when there is nothing more."""
    records: list[bytes] = []
    while len(records) < most:
        try:
            when, frame, origin = packets.receive(sock)
        except BlockingIOError:
            break
        except OSError:
            continue  # an interface went down, which is told once; the others go on
        name, _protocol, direction, hardware = origin[:4]
        if name not in interfaces or (hardware == ARPHRD_LOOPBACK and direction == PACKET_OUTGOING):
            continue  # the loopback interface shows each frame twice
        seconds, nanoseconds = divmod(when, 1_000_000_000)
        size = len(frame)
        records.append(RECORD.pack(seconds, nanoseconds // 1000, size, size) + frame)
    return records


def _write_all(fd: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(fd, view) :]
